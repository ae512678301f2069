update item
set name = 'round file', price = 4.20
where id = 6;
insert into item values (2, 'screw again', 0.20);
