update item
set name = 'B first'
where id = 1;
delete from item
where id = 1;
insert into item values (1, 'B again');
update item
set name = 'B third'
where id = 1;
update item
set name = 'B'
where id = 2;
