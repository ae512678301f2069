update item set c = 'C';
