begin;
update seat
set guest = null
where id = 3;
update seat
set guest = 'Cy'
where id = 4;
update seat
set guest = 'Di'
where id = 5;
update seat
set guest = 'Eve'
where id = 3;
commit;
