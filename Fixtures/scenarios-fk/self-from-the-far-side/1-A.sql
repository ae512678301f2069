insert into node values (5, 3, 'A');
