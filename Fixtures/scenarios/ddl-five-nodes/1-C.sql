create table of_c (id serial primary key);
insert into of_c default values;
update person set last = 'Q' where id = 2;
