update item
set name = 'A'
where id = 1;
delete from item
where id = 2;
insert into item values (4, 'four of A');
