delete from item
where id = 3;
insert into item values (3, 'three');
update item
set name = 'changed'
where id = 2;
update item
set name = 'two'
where id = 2;
