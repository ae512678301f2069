insert into p select g, g, 'x' from generate_series(1, 19) as g;
insert into t values (1, 'a', 'p'), (2, 'b', 'p');
insert into k values (1, 'a');
