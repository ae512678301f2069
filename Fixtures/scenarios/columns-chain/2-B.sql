update singer set name = 'B2' where id < 3;
