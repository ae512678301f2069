update item
set name = 'C'
where id in (1, 2);
insert into item values (4, 'four of C');
