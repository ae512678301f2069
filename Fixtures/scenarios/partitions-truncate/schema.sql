create table item (
    id integer primary key,
    name text
) partition by range (id);
create table item_1
    partition of item
    for values from (1) to (10);
create table item_2
    partition of item
    for values from (10) to (30)
    partition by range (id);
create table item_2_1
    partition of item_2
    for values from (10) to (20);
create table item_2_2
    partition of item_2
    for values from (20) to (30);
create table item_3
    partition of item
    for values from (30) to (40);
create table whole (
    id integer primary key
) partition by hash (id);
create table whole_0
    partition of whole
    for values with (modulus 2, remainder 0);
create table whole_1
    partition of whole
    for values with (modulus 2, remainder 1);
