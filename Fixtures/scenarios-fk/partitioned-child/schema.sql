create table parent (
    id integer primary key,
    name text
);
create table other (
    id integer primary key,
    name text
);
create table child (
    id integer,
    region text,
    parent integer references parent,
    other integer,
    primary key (id, region)
) partition by list (region);
create table child_north
    partition of child
    for values in ('n');
create table child_south
    partition of child
    for values in ('s');
alter table child_south
    add foreign key (other) references other;
