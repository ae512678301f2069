create extension citext;
create table person (
    name citext primary key,
    nick citext unique,
    age integer
);
