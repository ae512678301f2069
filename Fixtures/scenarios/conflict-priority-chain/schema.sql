create table price (
    id integer primary key,
    amount numeric
);
