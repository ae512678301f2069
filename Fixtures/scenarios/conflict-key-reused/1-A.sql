delete from seat
where id = 1;
insert into seat values (1, 'Cy');
update seat
set guest = 'Bo, late'
where id = 2;
