begin;
update seat
set guest = null
where id = 1;
update seat
set guest = 'Ada'
where id = 2;
update seat
set guest = 'Bo'
where id = 1;
commit;
