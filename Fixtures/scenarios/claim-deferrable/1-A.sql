insert into seat values (1, 7, 'A');
insert into guest values (1, 'ann'), (3, 'eve');
insert into booking values (1, '[1,5)');
begin;
update seat set place = 102 where id = 11;
update seat set place = 101 where id = 12;
commit;
