begin;
insert into egg values (1, 1), (2, 2);
insert into hen values (1, 1), (2, 2);
commit;
