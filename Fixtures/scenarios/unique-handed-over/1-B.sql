delete from seat
where id = 5;
insert into seat values (6, 'Eve');
update seat
set guest = 'Di, moved'
where id = 4;
insert into seat values (0, 'Di');
