insert into like_the_log values
    (1, 'a', 1, '2024-01-01 00:00:00+00', 'i', 'x'),
    (2, 'b', 2, '2024-01-01 00:00:00+00', 'u', 'y'),
    (3, 'c', 3, null, 'd', null);
insert into like_ours values
    (1, 'a', 'c1', 'c2', 'new', 'old', 'row', true),
    (2, 'b', 'c1', 'c2', 'new', 'old', 'row', false),
    (3, 'c', null, null, null, null, null, null);
insert into "old" ("new", "old", x, t, tg_op) values (1, 'one', 'x', 't', 'INSERT'), (2, 'two', 'x', 't', 'x');
insert into "new" values (1, 2, '(1,2)', 'v'), (2, 1, null, 'w');
insert into awkward
select n, -n, 's', 'd"' || n, 's''', 'b\', 'p%', 'd$', 'select', 'ключ', 'a.b', ' ', '1', '2'
from generate_series(1, 4) n;
