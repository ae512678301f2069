create table friend (
    one integer,
    other integer,
    primary key (one, other)
);
create table tag (
    name text primary key
);
