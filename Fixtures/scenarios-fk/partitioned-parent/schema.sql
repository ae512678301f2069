create table parent (
    id integer primary key,
    name text
) partition by range (id);
create table parent_low
    partition of parent
    for values from (0) to (10);
create table parent_high
    partition of parent
    for values from (10) to (20);
create table child (
    id integer primary key,
    parent integer references parent
);
create table low_child (
    id integer primary key,
    parent integer references parent_low
);
