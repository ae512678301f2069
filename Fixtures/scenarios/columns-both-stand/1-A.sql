update singer set phone = '11' where id = 1;
update singer set phone = '22', town = null where id = 2;
