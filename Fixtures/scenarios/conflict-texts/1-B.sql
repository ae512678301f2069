update item
set list = '[0:1]={1,2}',
    doc = 'null',
    during = '[2022-01-01,2023-01-01)'
where id = 1;
update item
set list = '{}',
    doc = null
where id = 2;
delete from item
where id = 3;
