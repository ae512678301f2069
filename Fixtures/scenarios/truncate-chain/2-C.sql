insert into item values (2, 'C');
update item
set name = name || ', C'
where id = 1;
