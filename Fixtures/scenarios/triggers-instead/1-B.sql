insert into ruled values (6, 'B');
delete from item
where id = 3;
