create table plain (
    id integer primary key,
    name text
);
create table parent (
    id integer primary key
);
create table child (
    id integer primary key,
    parent integer references parent
);
create table first (
    id integer primary key
);
create table second (
    id integer primary key
);
create table untouched (
    id integer primary key
);
