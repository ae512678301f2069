update item_low
set name = 'B'
where id in (1, 2);
insert into item_high values (104, 'B');
