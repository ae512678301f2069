insert into person values ('Bob', 30), ('Ann', 40), ('Cid', 50);
