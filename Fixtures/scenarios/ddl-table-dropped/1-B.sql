insert into note values (2, 2, 'kept');
update person set first = 'Anna' where id = 1;
