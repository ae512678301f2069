update singer set town = 'C';
