insert into price values (1, 'EUR');
