create schema hr;
update person set first = 'Anne' where id = 1;
alter table person rename to staff;
alter table staff set schema hr;
update hr.staff set last = 'A' where id = 2;
