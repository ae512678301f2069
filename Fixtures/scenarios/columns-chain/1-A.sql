update singer set name = 'A';
