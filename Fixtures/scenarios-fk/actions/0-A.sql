insert into parent values (0, 'nobody'), (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four');
insert into part values (10, 1, 'n'), (11, 1, 's'), (20, 2, 'n'), (30, 3, 's'), (40, 4, 's');
insert into pair values (1, 1), (2, 1), (3, 1), (3, 2), (4, 1);
insert into note values (1, 1, 1), (2, 2, 1), (3, 3, 2), (4, 4, 1);
insert into gift values (1, 1), (2, 2), (3, 3), (4, 4);
