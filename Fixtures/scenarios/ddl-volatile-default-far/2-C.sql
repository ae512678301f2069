insert into person (id, first) values (5, 'Eve');
