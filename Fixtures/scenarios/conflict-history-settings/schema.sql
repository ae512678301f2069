create table item (
    id integer primary key,
    f double precision,
    r real,
    b bytea,
    d date,
    n numeric,
    t text,
    j json,
    a integer[]
);
