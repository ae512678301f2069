update parent
set name = 'C';
