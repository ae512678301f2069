insert into orders values (22, 2, 'of E');
