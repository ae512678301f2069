insert into singer values (4, 'B', null, 'B');
update singer set phone = '12' where id = 1;
delete from singer where id = 2;
delete from singer where id = 3;
insert into singer values (3, 'new', 'new', 'new');
