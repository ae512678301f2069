create type mood as enum ('sad', 'ok', 'very happy', 'Ünïcode', 'a,b"c');
create domain positive as integer check (value > 0);
create domain short as varchar(10) not null default '';
create type address as (street text, number positive, moods mood[]);
create domain home as address check ((value).number < 1000);
create domain codes as text[];
create type person as (name text, home address, others address[]);
create table item (
    id integer primary key,
    m mood,
    ms mood[],
    p positive,
    ps positive[],
    s short,
    a address,
    aa address[],
    h home,
    c codes,
    who person
);
