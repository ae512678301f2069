create table booking (
    note text,
    day date,
    guests integer,
    room text,
    part smallint,
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
