update number
set i2 = null, i4 = null, i8 = null, n = null, n2 = null, f4 = null, f8 = null, b = null, m = null
where id = 2;
update moment
set d = 'infinity', ts = '0044-03-15 12:00:00 BC', tsz = '0044-03-15 12:00:00+00 BC'
where id = 1;
update string
set t = '', v = '', c = '', ic = '', n = '', b = '', bi = B'11111', vb = B''
where id = 2;
update string
set t = null, v = null, c = null, ic = null, n = null, b = null, bi = null, vb = null
where id = 1;
update document
set j = '{"a" : 2, "a" : 2}', jb = '{"a": 2.5, "b": 1}'
where id = 1;
update shape
set p = '(1.1,0)', c = '<(0,0),NaN>'
where id = 1;
update network
set i = '10.0.0.1/32', c = null, m8 = null
where id = 1;
