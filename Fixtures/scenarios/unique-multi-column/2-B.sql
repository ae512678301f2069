begin;
update seat
set hall = 'none'
where id = 1;
update seat
set hall = 'north'
where id = 3;
update seat
set hall = 'south'
where id = 1;
commit;
