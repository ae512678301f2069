insert into bill values (3, '35', 'c');
update bill set note = 'B' where id = 2;
