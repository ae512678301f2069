create table item (
    fourth integer,
    gone_1 text default 'gone' not null,
    second text,
    first text,
    gone_2 integer,
    id integer primary key,
    third integer
);
alter table item
    drop column gone_1,
    drop column gone_2;
