insert into child values (100, 1), (101, 12);
