update item set place = 10 where id = 1;
update item set place = 1 where id = 2;
update item set place = 2 where id = 3;
begin;
update item set place = 20 where id = 4;
update item set place = 4 where id = 5;
update item set place = 5 where id = 4;
commit;
