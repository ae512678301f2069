create table m (id int, k int, v text, primary key (id, k)) partition by list (k);
create table m1 partition of m for values in (1);
create table m2 partition of m for values in (2);
