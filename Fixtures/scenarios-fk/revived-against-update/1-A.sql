insert into child values (10, 1);
