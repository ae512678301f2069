update item
set h = h || 'b=>2', c = 'BOB'
where id = 1;
insert into item (id, h) values (3, hstore('k', null));
