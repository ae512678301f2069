begin;
update seat
set guest = 'guest z'
where id = 3;
update seat
set guest = 'guest 3'
where id = 2;
update seat
set guest = 'guest 2'
where id = 1;
commit;
