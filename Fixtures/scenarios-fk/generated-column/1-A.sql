delete from parent
where id = 1;
insert into child values (20, 'xx');
delete from child
where id = 30;
