begin;
update seat
set number = 0
where id = 1;
update seat
set number = 1
where id = 2;
update seat
set number = 2
where id = 1;
commit;
