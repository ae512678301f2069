insert into person values ('Bob', 30), ('Cid', 50);
insert into amount values (1.0, 'start');
