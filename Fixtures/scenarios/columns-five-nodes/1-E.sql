update item set a = 'E';
