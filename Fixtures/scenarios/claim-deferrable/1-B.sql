insert into seat values (2, 7, 'B');
insert into guest values (2, 'ann'), (4, 'bob');
insert into booking values (2, '[4,8)');
update seat set place = 203 where id = 13;
