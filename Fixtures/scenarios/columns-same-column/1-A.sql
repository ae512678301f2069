update singer set phone = '11', name = 'Adam' where id = 1;
update singer set phone = 'same', town = 'Rom' where id = 2;
update singer set name = 'of A', phone = 'of A' where id = 3;
