insert into person (id, first) values (4, 'Dan');
update person set first = 'Bobby' where id = 2;
