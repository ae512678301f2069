insert into counted (id, number, name) overriding system value values (2, 2004, 'b again');
delete from counted
where id = 3;
insert into counted (id, number, name) overriding system value values (3, 2005, 'c');
