update stock
set amount = 90, note = 'B took 10', place = 'B'
where id = 1;
