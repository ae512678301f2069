update item
set name = name || ' B2';
