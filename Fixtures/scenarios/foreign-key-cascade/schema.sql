create table customer (
    id integer primary key,
    name text
);
create table invoice (
    id integer primary key,
    customer integer references customer on delete cascade on update cascade
);
create table line (
    invoice integer references invoice on delete cascade on update cascade,
    number integer,
    what text,
    primary key (invoice, number)
);
create table visit (
    id integer primary key,
    customer integer references customer on delete set null on update set null
);
create table gift (
    id integer primary key,
    customer integer default 0 references customer on delete set default on update cascade
);
