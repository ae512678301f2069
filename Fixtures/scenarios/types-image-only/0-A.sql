insert into item
select
    id,
    1.0,
    'Bob',
    '1 day',
    0,
    0,
    '{"a":1}',
    '(0,0)',
    '((1,1),(0,0))',
    '{1.0,NULL}',
    row(1.0, '1 month')::amount,
    '[1.0,2.0]',
    '{"a": 1.0}'
from generate_series(1, 6) id;
