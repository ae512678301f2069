delete from item
where id = 3;
