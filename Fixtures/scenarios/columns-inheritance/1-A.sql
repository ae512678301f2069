update person set a = 'A';
