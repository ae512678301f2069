create table item (
    id int primary key,
    list int[],
    doc jsonb,
    during tstzrange
);
