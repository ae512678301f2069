delete from parent
where id in (1, 2);
