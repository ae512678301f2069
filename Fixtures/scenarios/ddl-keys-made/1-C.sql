update v set a = 'C' where id = 2;
