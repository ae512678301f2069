begin;
insert into egg values (10, 10), (11, 11);
insert into hen values (10, 11), (11, 10);
commit;
