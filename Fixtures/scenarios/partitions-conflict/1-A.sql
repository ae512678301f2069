update item
set name = 'A'
where id = 1;
update item
set id = 102
where id = 2;
insert into item values (104, 'A');
