create table item (
    id integer primary key,
    name text
);
create table only_c (
    id integer primary key
);
