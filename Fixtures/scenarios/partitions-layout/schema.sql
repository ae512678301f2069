create table item (
    id integer,
    kind text,
    name text,
    primary key (id, kind)
) partition by range (id);
create table item_low
    partition of item
    for values from (minvalue) to (10);
create table item_high
    partition of item
    for values from (10) to (maxvalue);
