insert into item values (104, 'D');
update item
set name = 'D'
where id = 4;
delete from item
where id = 9;
