create table parent (
    a integer,
    b integer,
    name text,
    primary key (b, a)
);
create table child (
    id integer primary key,
    a integer,
    b integer,
    foreign key (a, b) references parent (a, b)
);
create table strict_child (
    id integer primary key,
    a integer,
    b integer,
    foreign key (a, b) references parent (a, b) match full
);
