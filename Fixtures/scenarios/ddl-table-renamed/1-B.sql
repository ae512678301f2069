update person set last = 'B' where id = 2;
insert into person values (3, 'Cid', 'Poe');
