update singer set town = 'B';
