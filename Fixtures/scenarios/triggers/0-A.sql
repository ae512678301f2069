insert into total values (1, 0, 0, 0);
