update t set a = 'x' where id = 1;
insert into t (a) values ('new');
