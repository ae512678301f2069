create table b_only (id serial primary key, p int references person);
insert into b_only (p) values (2);
alter table person add column size numeric default 1.5;
ALTER TABLE public.person ADD age integer;
