update measure
set value = -value
where id between 10 and 12;
update measure
set day = '2000-01-01', kind = 'moved by B', value = null
where id = 20;
update measure_other
set value = 1.50
where id = 100;
delete from measure
where id between 21 and 25;
