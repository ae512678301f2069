update item
set n = 1.00
where id = 1;
update item
set c = 'BOB', i = '24 hours', f = '-0', r = '-0', j = '{"a": 1}', p = '(0,-0)'
where id = 2;
update item
set n = 1, c = 'bob', b = '((1,1),(0,-0))', a = '{1.00,NULL}', k = row(1.00, '30 days')::amount, rg = '[1.00,2.0]', jb = '{"a": 1}'
where id = 3;
