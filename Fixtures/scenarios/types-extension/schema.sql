create extension hstore;
create extension citext;
create extension ltree;
create extension cube;
create table item (
    id integer primary key,
    h hstore,
    c citext,
    l ltree,
    q cube,
    hs hstore[],
    cs citext[]
);
