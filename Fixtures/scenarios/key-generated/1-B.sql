delete from item
where slug = 'two';
insert into item (name, n) values ('Four', 4);
update pair
set a = 13
where a = 12;
update pair
set v = 'z, B'
where a = 23;
