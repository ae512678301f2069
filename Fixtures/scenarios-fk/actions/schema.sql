create table parent (
    id integer primary key,
    name text
);
create table part (
    id integer,
    parent integer references parent on delete cascade on update cascade,
    region text,
    primary key (id, region)
) partition by list (region);
create table part_north
    partition of part
    for values in ('n');
create table part_south
    partition of part
    for values in ('s');
create table pair (
    parent integer references parent on delete cascade on update cascade,
    number integer,
    primary key (parent, number)
);
create table note (
    id integer primary key,
    parent integer,
    number integer,
    foreign key (parent, number) references pair on update cascade
        on delete set null (number)
);
create table gift (
    id integer primary key,
    parent integer default 0 references parent on delete set default on update cascade
);
