update item
set name = 'none'
where id > 100;
delete from item
where id > 100;
insert into item
select 4, 'four'
where false;
update item
set name = name;
insert into item values (5, 'five');
delete from item
where id = 5;
