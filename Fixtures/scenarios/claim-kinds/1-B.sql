insert into partial values (2, 'x', true), (4, 'y', true);
insert into expression values (2, 'x', 'p');
insert into several values (2, 1, 2), (4, 2, 3);
insert into nulls values (2, 1, null), (4, null, null);
insert into distinct_nulls values (2, null);
insert into computed (id, a, v1) values (2, 5, 1);
