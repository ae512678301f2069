create table number (
    id integer primary key,
    i2 smallint,
    i4 integer,
    i8 bigint,
    n numeric,
    n2 numeric(20, 4),
    f4 real,
    f8 double precision,
    b boolean,
    m money
);
create table moment (
    id integer primary key,
    d date,
    t time,
    t0 time(0),
    tz timetz,
    ts timestamp,
    tsz timestamptz,
    i interval,
    ids interval day to second
);
create table string (
    id integer primary key,
    t text,
    v varchar(10),
    c char(5),
    ic "char",
    n name,
    b bytea,
    bi bit(5),
    vb varbit
);
create table document (
    id integer primary key,
    j json,
    jb jsonb,
    x text,
    tv tsvector,
    tq tsquery,
    jp jsonpath,
    u uuid
);
create table shape (
    id integer primary key,
    p point,
    l line,
    ls lseg,
    b box,
    pa path,
    po polygon,
    c circle
);
create table network (
    id integer primary key,
    i inet,
    c cidr,
    m macaddr,
    m8 macaddr8,
    lsn pg_lsn,
    ts txid_snapshot,
    ps pg_snapshot,
    x8 xid8,
    o oid
);
