update stock
set amount = 80, note = 'A took 20', place = 'A'
where id = 1;
