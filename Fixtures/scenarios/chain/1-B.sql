insert into item values (20, 'from B');
delete from item
where id = 2;
