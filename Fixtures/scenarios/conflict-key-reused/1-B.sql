update seat
set guest = 'Ada, late'
where id = 1;
delete from seat
where id = 2;
insert into seat values (2, 'Di');
