update item set b = point(1, 2) where id = 1;
update item set d = 1.00 where id = 2;
update item set h = null where id = 3;
update item set h = '{1,null}', d = null where id = 4;
update item set c = 'Bob', d = 2 where id = 5;
update item set f = f, b = point(9, 9) where id = 6;
update item set e = null where id = 8;
