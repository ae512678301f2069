begin;
update seat
set number = 4
where id = 5;
update seat
set number = 3
where id = 4;
update seat
set number = 2
where id = 3;
insert into seat values (6, 'south', 1, 'Flo');
commit;
