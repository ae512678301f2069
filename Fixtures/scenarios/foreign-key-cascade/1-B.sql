update customer
set id = 33, name = 'Cy, B'
where id = 3;
update invoice
set id = 21
where id = 20;
