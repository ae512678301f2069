update item
set name = name || ', A'
where id in (3, 4);
delete from only_c
where id = 1;
