update item
set n = '(1.00,2.00]', f = '[0.1,0.3)', fm = '{[0,1)}'
where id = 1;
update item
set i4 = 'empty', i4m = '{}', f = '(,)'
where id = 3;
