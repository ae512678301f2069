create table item (
    name text not null,
    slug text generated always as (lower(name)) stored primary key,
    n integer
);
create table pair (
    a integer,
    b integer generated always as (a % 10) stored,
    v text,
    primary key (b, a)
);
