delete from item
where id = 1;
