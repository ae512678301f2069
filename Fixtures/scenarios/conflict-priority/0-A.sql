insert into price values (1, 1), (2, 2), (3, 3);
insert into stock values (1, 1);
