create table item (
    name text,
    kind text,
    id integer,
    primary key (id, kind)
) partition by list (kind);
create table item_x
    partition of item
    for values in ('x')
    partition by hash (id);
create table item_x_0
    partition of item_x
    for values with (modulus 2, remainder 0);
create table item_x_1
    partition of item_x
    for values with (modulus 2, remainder 1);
create table item_rest
    partition of item default;
