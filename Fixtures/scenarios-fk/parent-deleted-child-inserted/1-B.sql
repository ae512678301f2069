insert into child values (11, 1, 'B');
