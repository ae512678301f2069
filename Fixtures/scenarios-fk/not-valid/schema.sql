create table parent (
    id integer primary key,
    name text
);
create table child (
    id integer primary key,
    parent integer not null,
    name text
);
insert into child values (99, 99, 'from before'), (98, 98, 'from before');
alter table child
    add foreign key (parent) references parent not valid;
