create table parent (
    id integer primary key,
    name text
);

create table child (
    id integer primary key,
    parent integer references parent on delete cascade,
    name text
);
