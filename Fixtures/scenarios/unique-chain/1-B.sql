begin;
update seat
set guest = 'guest y'
where id = 11;
update seat
set guest = 'guest 11'
where id = 12;
update seat
set guest = 'guest 12'
where id = 13;
commit;
