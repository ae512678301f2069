insert into item values (102, 'B');
update item
set name = 'B'
where id = 2;
delete from item
where id = 7;
