create table parent (
    id integer primary key,
    name text
);
create table child (
    parent integer references parent
);
