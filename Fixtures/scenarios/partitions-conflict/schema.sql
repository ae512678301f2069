create table item (
    id integer primary key,
    name text
) partition by range (id);
create table item_low
    partition of item
    for values from (minvalue) to (100);
create table item_high
    partition of item
    for values from (100) to (maxvalue);
