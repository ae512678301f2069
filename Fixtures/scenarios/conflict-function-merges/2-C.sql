update stock
set note = note || ', C saw it'
where id = 1;
