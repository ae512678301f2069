update item
set name = name || ' A3';
