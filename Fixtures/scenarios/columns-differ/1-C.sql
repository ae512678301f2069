insert into item (id, first, second, third, fourth) values (5, 'c1', 'c2', 53, 54);
update item
set first = 'C'
where id = 3;
