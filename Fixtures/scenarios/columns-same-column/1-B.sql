update singer set phone = '12', town = 'Rom' where id = 1;
update singer set phone = 'same', name = 'Benno' where id = 2;
update singer set name = 'of B' where id = 3;
