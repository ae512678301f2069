insert into child values (10, '1', 'B'), (11, null, 'A'), (12, '9', null);
