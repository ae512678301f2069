update item
set i = '{NULL}', t = '{NULL}'
where id = 2;
update item
set i[5] = 5, t[0] = 'z'
where id = 3;
