create table item (
    id integer primary key,
    first text,
    second text,
    third integer,
    fourth integer
);
