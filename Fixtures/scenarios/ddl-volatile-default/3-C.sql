alter table person add column no serial;
insert into person (id, first) values (4, 'Dan');
