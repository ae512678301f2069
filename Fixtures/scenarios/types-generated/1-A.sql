update item
set net = 11
where id = 1001;
delete from item
where id = 1003;
update counted
set number = default
where id = 1;
update counted
set name = 'b, A'
where id = 2;
update by_default
set id = 3003
where name = 'a';
