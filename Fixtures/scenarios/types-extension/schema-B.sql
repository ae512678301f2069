create extension cube;
create extension ltree;
create extension citext;
create extension hstore;
create table item (
    id integer primary key,
    h hstore,
    c citext,
    l ltree,
    q cube,
    hs hstore[],
    cs citext[]
);
