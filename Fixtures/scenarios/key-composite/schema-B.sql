create table booking (
    part smallint,
    room text,
    note text,
    guests integer,
    day date,
    primary key (room, day, part)
);
create table big_key (
    a integer,
    b text,
    c uuid,
    d timestamptz,
    e bytea,
    v text,
    primary key (e, d, c, b, a)
);
