insert into node values (1, null), (2, 1), (3, 2), (4, 3);
insert into strict_node values (1, 1), (2, 1);
