insert into simple values (4, 'simple');
update simple
set name = 'hard, through the view'
where id = 2;
insert into loud values (5, 'LOUD');
delete from simple
where id = 1;
