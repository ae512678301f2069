insert into price values (1, 1), (2, 2);
