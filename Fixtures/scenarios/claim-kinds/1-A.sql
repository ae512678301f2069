insert into partial values (1, 'x', true), (3, 'y', false);
insert into expression values (1, 'x', 'p');
insert into several values (1, 1, 2), (3, 1, 3);
insert into nulls values (1, 1, null), (3, 2, null);
insert into distinct_nulls values (1, null);
insert into computed (id, a, v1) values (1, 5, 1);
