create table seat (
    id integer primary key,
    guest text unique,
    number integer not null unique
);
