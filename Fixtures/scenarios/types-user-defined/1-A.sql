insert into item (id, m, ms, p, ps, s, a, aa, h, c, who) values (
    4,
    'a,b"c',
    '{sad,NULL,"a,b\"c"}',
    5,
    '{1,NULL,2}',
    'ten chars!',
    row('Road "x", (y)', 2, '{}')::address,
    array[row('', 1, null)::address, null],
    row('Home', 999, '{Ünïcode}')::home,
    '{a,NULL,"b c"}',
    row('Ada', row('In', 1, '{ok}')::address, array[row('a', 1, '{ok,sad}')::address, row(null, 2, null)::address])::person
);
update item
set m = 'Ünïcode'
where id = 1;
