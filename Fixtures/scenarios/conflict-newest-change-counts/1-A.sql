update item
set name = 'A first'
where id = 1;
update item
set name = 'A second'
where id = 1;
delete from item
where id = 2;
insert into item values (2, 'A again');
