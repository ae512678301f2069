update item set b = 'B';
