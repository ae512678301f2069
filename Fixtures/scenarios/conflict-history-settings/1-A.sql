update item
set
    f = 0.1::float8 + 0.2::float8,
    r = 1.0 / 3,
    b = decode('005cff', 'hex'),
    d = date '2024-02-03',
    n = 1.00,
    t = chr(233) || chr(10) || '"' || chr(92),
    j = '{"a" : 1, "a":2.0}',
    a = array[1, null];
