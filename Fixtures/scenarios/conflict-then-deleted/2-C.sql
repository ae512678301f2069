delete from item
where id = 3;
insert into item values (3, 'C anew');
