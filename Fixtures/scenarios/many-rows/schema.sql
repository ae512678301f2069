create table measure (
    id bigint primary key,
    at timestamptz not null,
    value double precision,
    note text
);
