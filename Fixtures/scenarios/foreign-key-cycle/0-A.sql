begin;
insert into hen values (1, 1), (2, 2), (3, 3);
insert into egg values (1, 1), (2, 2), (3, 3);
commit;
