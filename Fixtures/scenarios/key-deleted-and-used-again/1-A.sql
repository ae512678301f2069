begin;
delete from item
where id = 1;
insert into item values (1, 'uno');
commit;
delete from item
where id = 2;
