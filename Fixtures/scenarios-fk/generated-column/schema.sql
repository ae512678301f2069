create table parent (
    id integer primary key,
    name text
);
create table child (
    id integer primary key,
    code text,
    parent integer generated always as (length(code)) stored references parent
);
