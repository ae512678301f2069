update item
set f = '-0'
where id = 4;
update item
set k = row(1.0, '30 days')::amount
where id = 5;
