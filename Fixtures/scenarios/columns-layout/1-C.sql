update singer set name = 'C';
