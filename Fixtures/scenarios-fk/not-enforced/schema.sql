create table parent (
    id integer primary key,
    name text
);
create table child (
    id integer primary key,
    parent integer not null references parent not enforced
);
