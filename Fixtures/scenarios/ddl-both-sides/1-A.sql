create table a_only (id serial primary key, t text);
insert into a_only (t) values ('a');
alter table person add column born date;
update person set born = '2000-01-01' where id = 1;
alter table person add column age int;
