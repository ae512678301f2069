create table parent (
    id integer primary key,
    name text
);
create table heir (
    primary key (id)
) inherits (parent);
create table child (
    id integer primary key,
    parent integer references parent
);
create table grandchild (
    primary key (id)
) inherits (child);
