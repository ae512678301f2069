insert into item (a, b, c, d, e, f, h)
select '{"a": 1}', point(1, 1), 'Bob', 1.0, '(1,{})'::pair, 'X', '{1}'
from generate_series(1, 8);
