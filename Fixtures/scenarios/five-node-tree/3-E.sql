delete from item
where id in (101, 103);
