insert into child values (12, 'b');
