create table booking (
    guest text,
    day date,
    room text,
    part smallint,
    primary key (room, part, day)
);
