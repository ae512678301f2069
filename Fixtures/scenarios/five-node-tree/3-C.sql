delete from item
where id = 105;
