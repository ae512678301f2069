update item
set name = 'steel nail'
where id = 1;
