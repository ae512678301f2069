update wide
set column_600 = 'A'
where id = 1;
insert into wide (id, column_599) values (21, 'A');
update wide
set column_2 = 'A'
where id = 2;
