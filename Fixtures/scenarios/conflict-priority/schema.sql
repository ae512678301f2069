create table price (
    id integer primary key,
    amount numeric
);
create table stock (
    id integer primary key,
    amount numeric
);
