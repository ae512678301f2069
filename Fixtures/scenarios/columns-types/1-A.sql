update item set a = '{"a":1}', e = '(2,[])' where id < 8;
update item set c = 'BOB', f = 'A' where id < 8;
update item set a = null where id = 8;
