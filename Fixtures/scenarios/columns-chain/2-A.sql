update singer set town = 'A2' where id = 1;
update singer set phone = 'A2' where id = 2;
