create extension citext;
create type pair as (a int, b json);
create domain shout as text check (value = upper(value));
create table item (
    id int generated always as identity primary key,
    a json,
    b point,
    c citext,
    d numeric,
    e pair,
    f shout,
    g text generated always as (f || '!') stored,
    h int[]
);
