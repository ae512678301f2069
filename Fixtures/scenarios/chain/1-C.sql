insert into item values (30, 'from C');
update item
set name = 'c by C'
where id = 3;
