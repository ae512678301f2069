update item set d = 'D';
