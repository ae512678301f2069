insert into by_index values ('a', 1, 1), ('b', 1, 2), ('c', 2, 1);
insert into by_constraint values (1, null, 'a'), (2, null, 'b'), (3, 'x', 'c');
insert into by_identity values (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c');
insert into index_includes values ('a', 1), ('b', 2);
insert into not_by_these values (null, 0, 1, 1), (null, 0, 2, 2), (7, 0, 3, 3);
