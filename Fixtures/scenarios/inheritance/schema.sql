create table city (
    id integer primary key,
    name text
);
create table capital (
    country text,
    primary key (id)
) inherits (city);
create table old_capital (
    until integer,
    primary key (id)
) inherits (capital);
