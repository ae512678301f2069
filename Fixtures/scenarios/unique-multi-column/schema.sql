create table seat (
    id integer primary key,
    hall text not null,
    number integer not null,
    guest text,
    unique (hall, number)
);
