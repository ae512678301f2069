create schema elsewhere;
create table elsewhere.item (
    id integer primary key,
    name text
);
create table public.item (
    id integer primary key,
    d date,
    ts timestamp,
    tsz timestamptz,
    i interval,
    f double precision,
    r real,
    b bytea,
    x text,
    m money,
    t text,
    a text[],
    rg tstzrange
);
create table public.by_date (
    d date,
    tsz timestamptz,
    b bytea,
    f double precision,
    i interval,
    v text,
    primary key (d, tsz, b, f, i)
);
