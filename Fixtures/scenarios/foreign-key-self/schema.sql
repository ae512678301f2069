create table node (
    id integer primary key,
    parent integer references node deferrable
);
create table strict_node (
    id integer primary key,
    parent integer not null references strict_node
);
