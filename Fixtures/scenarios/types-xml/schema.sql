create table document (
    id integer primary key,
    x xml
);
