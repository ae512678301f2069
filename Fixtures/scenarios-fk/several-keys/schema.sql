create table parent (
    id integer primary key,
    name text
);
create table other (
    id integer primary key,
    name text
);
create table child (
    id integer primary key,
    father integer references parent,
    mother integer references parent on delete set null,
    other integer references other on delete cascade
);
