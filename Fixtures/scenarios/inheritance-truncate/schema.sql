create table a (
    id integer primary key
);
create table a_child (
    primary key (id)
) inherits (a);
create table b (
    id integer primary key
);
create table b_child (
    primary key (id)
) inherits (b);
create table c (
    id integer primary key
);
create table c_child (
    primary key (id)
) inherits (c);
