create extension citext;
create type amount as (n numeric, i interval);
create table item (
    id integer primary key,
    n numeric,
    c citext,
    i interval,
    f double precision,
    r real,
    j json,
    p point,
    b box,
    a numeric[],
    k amount,
    rg numrange,
    jb jsonb
);
