update item
set net = 22.00
where id = 1002;
insert into item (id, net) overriding system value values (1004, 40);
delete from counted
where id = 2;
insert into counted (id, number, name) overriding system value values (3, 2003, 'c');
update by_default
set name = 'b, B'
where id = 3002;
