create extension citext;
create table person (
    name citext primary key,
    age integer
);
create table amount (
    n numeric primary key,
    v text
);
