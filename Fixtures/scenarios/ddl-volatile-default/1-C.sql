insert into person values (3, 'Cid', 'Poe');
