update singer set phone = 'B';
