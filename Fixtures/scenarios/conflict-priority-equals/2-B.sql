delete from item
where id = 2;
