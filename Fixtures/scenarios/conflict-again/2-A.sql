update item
set name = name || ' A2';
