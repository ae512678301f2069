insert into customer values (0, 'nobody'), (1, 'Ada'), (2, 'Bo'), (3, 'Cy');
insert into invoice values (10, 1), (11, 1), (20, 2), (30, 3);
insert into line values (10, 1, 'a'), (10, 2, 'b'), (11, 1, 'c'), (20, 1, 'd'), (30, 1, 'e');
insert into visit values (1, 1), (2, 2), (3, 3);
insert into gift values (1, 1), (2, 2), (3, 3);
