update item set a = 'A';
