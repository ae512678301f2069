create table by_index (
    name text,
    x integer not null,
    y integer not null
);
create unique index by_index_key
    on by_index (y, x);
create table by_constraint (
    id integer not null unique,
    nick text unique,
    name text
);
create table by_identity (
    id integer not null,
    other integer not null unique,
    name text
);
create unique index by_identity_key
    on by_identity (id);
alter table by_identity replica identity using index by_identity_key;
create table nr_primary (
    nr serial8 primary key,
    name text
);
create table nr_unique (
    nr serial8 not null unique,
    name text
);
create table index_includes (
    name text,
    id integer not null
);
create unique index index_includes_key
    on index_includes (id) include (name);
create table not_by_these (
    a integer unique,
    b integer not null,
    c integer not null,
    id integer not null
);
create unique index not_by_partial
    on not_by_these (b)
    where b > 0;
create unique index not_by_expression
    on not_by_these (abs(c));
create unique index not_by_these_key
    on not_by_these (id);
