update singer set phone = 'A';
