create table measure (
    id integer not null,
    day date not null,
    kind text not null,
    value numeric,
    primary key (id, day, kind)
) partition by range (day);
create table measure_2023
    partition of measure
    for values from ('2023-01-01') to ('2024-01-01');
create table measure_2024
    partition of measure
    for values from ('2024-01-01') to ('2025-01-01')
    partition by list (kind);
create table measure_2024_warm
    partition of measure_2024
    for values in ('warm', 'hot');
create table measure_2024_rest
    partition of measure_2024 default;
create table measure_other (
    value numeric,
    gone text,
    kind text not null,
    day date not null,
    id integer not null
);
alter table measure_other
    drop column gone;
alter table measure
    attach partition measure_other default;
