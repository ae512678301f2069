begin;
update item
set name = 'never seen'
where id = 1;
truncate item;
insert into item values (2, 'two anew'), (4, 'gone');
truncate item;
insert into item values (2, 'two'), (3, 'three anew'), (5, 'five');
commit;
