begin;
insert into item values (11, 'kept');
savepoint a;
insert into item values (12, 'rolled back');
update item
set name = 'rolled back'
where id = 1;
delete from item
where id = 2;
savepoint b;
insert into item values (13, 'rolled back too');
rollback to a;
insert into item values (12, 'second try');
savepoint c;
update item
set name = 'released'
where id = 3;
release c;
commit;
begin;
delete from item;
insert into item values (99, 'never');
rollback;
