begin;
truncate item;
rollback;
begin;
savepoint s;
truncate item;
rollback to s;
insert into item values (3, 'three');
commit;
