create type dummy_1 as enum ('x');
create type dummy_2 as (a integer);
create domain dummy_3 as integer;
create type mood as enum ('ok', 'a,b"c');
alter type mood add value 'sad' before 'ok';
alter type mood add value 'Ünïcode' before 'a,b"c';
alter type mood add value 'very happy' after 'ok';
create domain codes as text[];
create domain short as varchar(10) not null default '';
create table dummy_4 (
    d dummy_2[]
);
create domain positive as integer check (value > 0);
create type address as (street text, number positive, moods mood[]);
create type person as (name text, home address, others address[]);
create domain home as address check ((value).number < 1000);
create table item (
    who person,
    id integer primary key,
    c codes,
    dropped dummy_1,
    h home,
    aa address[],
    a address,
    s short,
    ps positive[],
    p positive,
    ms mood[],
    m mood
);
alter table item
    drop column dropped;
drop table dummy_4;
