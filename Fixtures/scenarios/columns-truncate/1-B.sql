update singer set town = 'Rom' where id < 3;
