create table node (
    id integer primary key,
    parent integer references node on delete cascade,
    name text
);
