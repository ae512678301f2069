create table node (
    id integer primary key,
    parent integer references node,
    name text
);
