update item
set name = 'ONE'
where slug = 'one';
