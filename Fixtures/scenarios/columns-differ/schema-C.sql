create table item (
    gone integer,
    id integer
);
alter table item
    drop column gone;
alter table item
    add column third integer,
    add column fourth integer,
    add column first text,
    add column second text;
alter table item
    add primary key (id);
