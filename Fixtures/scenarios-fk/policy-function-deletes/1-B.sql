insert into child values (10, 1), (30, 3);
update parent
set name = name || ', B'
where id in (2, 3, 4);
