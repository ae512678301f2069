update v set a = 'D' where id = 3;
insert into t (id, a) values (9, 'nine');
