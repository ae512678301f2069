update p set x = 'kept' where id = 2;
insert into p values (100, 5, 'new'), (101, 15, 'stays');
update t set d = 'kept', e = 'q' where id = 2;
update k set v = 'kept';
