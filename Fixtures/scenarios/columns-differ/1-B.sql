update item
set third = 33
where id = 2;
