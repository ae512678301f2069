update singer set town = 'Rom' where id = 1;
update singer set name = 'Benno' where id = 2;
update singer set name = name where id = 3;
