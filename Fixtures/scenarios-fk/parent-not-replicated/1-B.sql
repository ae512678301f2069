insert into price values (2, 'DKK'), (3, null);
