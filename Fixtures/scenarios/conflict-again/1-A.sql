update item
set name = 'A1';
