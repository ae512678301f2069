insert into item values (
    4,
    '[-2:0]={1,NULL,3}',
    array['', null, 'NULL', '"', '\', '{', '}', ',', ' ', e'\n', 'a b', '\N', e'\t'],
    '{NaN,Infinity,1.00,NULL}',
    '{NaN,-Infinity,-0,0.1,NULL}',
    array['infinity', null, '0044-03-15 BC', '2024-02-29']::date[],
    array['\x', '\x00', null, '\x5c']::bytea[],
    '{t,f,NULL}',
    array['{"a" : 1, "a":2}', null, '[]', '"\""']::json[],
    '{00000000-0000-0000-0000-000000000000}',
    '{"(1,2)","(-0,NaN)"}',
    '{(1,1),(0,0);(2,2),(1,1)}',
    '{empty,"[1,3)","(,)",NULL}',
    array['infinity', '2024-10-27 02:30:00+01', null]::timestamptz[]
);
update item
set i = '[0:1][2:3]={{1,2},{3,NULL}}'
where id = 1;
