create table customer (
    id integer primary key,
    name text
);
create table orders (
    id integer primary key,
    customer integer not null references customer on delete cascade,
    name text
);
create table line (
    id integer primary key,
    orders integer not null references orders on delete cascade
);
