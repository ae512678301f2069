update singer set phone = 'C2' where id = 1;
update singer set town = 'C2' where id = 2;
