create table p (id int, k int, x text, primary key (id, k)) partition by range (k);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20);
create domain d as text;
create schema s;
create type s.e as enum ('p', 'q');
create table t (id int primary key, d d, e s.e);
create table k (id int primary key, v text);
