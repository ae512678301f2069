create table s (
    id serial primary key,
    node text
);
create table i (
    id bigint generated always as identity primary key,
    node text
);
