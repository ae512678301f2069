insert into singer values (4, 'A', 'A', null);
delete from singer where id = 1;
update singer set phone = '22' where id = 2;
update singer set town = 'Rom' where id = 3;
