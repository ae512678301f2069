create table partial (id int primary key, name text, active boolean);
create unique index on partial (name) where active;
create table expression (id int primary key, name text, part text);
create unique index on expression (lower(name), (name || part));
create table several (id int primary key, a int, b int, unique (a, b));
create table nulls (id int primary key, a int, b int, unique nulls not distinct (a, b));
create table distinct_nulls (id int primary key, a int unique);
create table computed (id int primary key, a int, "v1" int, twice int generated always as (a * 2) stored unique);
