delete from seat
where id = 1;
update seat
set guest = 'Ada'
where id = 2;
insert into seat values (9, 'Bo');
