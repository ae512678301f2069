insert into person values (3, 'Cid', 'Poe');
update person set first = 'Anna' where id = 1;
