insert into k_numeric values (1.0, 'a'), (2, 'b'), (3, 'c');
insert into k_float values (0, 'a'), (1, 'b');
insert into k_interval values ('1 day', 'a'), ('1 month', 'b');
insert into k_two values (1, 1.0, 'a'), (2, 1.0, 'b');
insert into k_array values ('{1.0}', 'a'), ('{2}', 'b');
