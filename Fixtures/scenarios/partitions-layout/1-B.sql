update item
set kind = 'x', name = 'B'
where id in (7, 9, 11);
delete from item_x
where id = 12;
insert into item_rest (id, kind, name) values (50, 'q', 'B');
