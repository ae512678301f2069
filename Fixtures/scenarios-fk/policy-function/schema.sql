create table parent (
    id integer primary key,
    name text
);
create table child (
    id integer primary key,
    parent integer references parent
);
create function newer_or_gone(older jsonb, newer jsonb)
    returns jsonb
    language sql
return newer;
