insert into item values (10, 'from A');
update item
set name = 'a by A'
where id = 1;
