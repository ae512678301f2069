update item
set second = 'second, A'
where id = 1;
insert into item values (4, 'x', 'y', 5, 6);
