insert into child values (10, 'x');
delete from parent
where id = 2;
