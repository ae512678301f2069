create table customer (
    id integer primary key,
    name text
);
create table orders (
    id integer primary key,
    customer integer not null references customer,
    name text
);
create table line (
    id integer primary key,
    orders integer not null references orders
);
