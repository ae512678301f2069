update item
set name = 'B1';
