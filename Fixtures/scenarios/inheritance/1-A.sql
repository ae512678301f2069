update city
set name = upper(name)
where id = 1;
delete from city
where id in (2, 12);
insert into city values (4, 'Bari');
insert into old_capital values (22, 'Kyoto', 'J', 1868);
