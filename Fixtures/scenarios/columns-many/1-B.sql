update wide
set column_599 = 'B'
where id = 2;
delete from wide
where id = 3;
