delete from item
where id = 1;
insert into item values (1, 'C');
