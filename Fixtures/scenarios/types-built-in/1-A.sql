insert into number values
    (3, 0, 0, 0, repeat('1234567890', 100)::numeric, 1.1, 1e-45, 4.9406564584124654e-324, null, 0::numeric),
    (4, null, null, 9007199254740993, ('0.' || repeat('1234567890', 100))::numeric, null, 3.4028235e38, 1.7976931348623157e308, null, null),
    (5, null, null, null, 1.00, 1.00, '-0', '-0', null, null),
    (6, null, null, null, '-Infinity', null, 0.1, 0.1, null, 0.01::numeric),
    (7, null, null, null, 0.000, null, 16777217, 0.30000000000000004, null, null);
insert into moment values
    (3, '4713-11-24 BC', '12:34:56.789012', null, '12:34:56.789012+05:30', '4713-11-24 00:00:00 BC', '4713-11-25 00:00:00+00 BC', '-178000000 years', '-00:00:00.000001'),
    (4, '5874897-12-31', '23:59:59.999999', null, '00:00:00-00:00:01', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '1 mon -1 days +00:00:01', '-1 days 00:00:01'),
    (5, '2000-01-01', null, null, null, '1999-12-31 23:59:59.999999', '2024-10-27 02:30:00+01', '1 year -1 month 30 days', null),
    (6, '0001-12-31 BC', null, null, null, '0001-12-31 23:59:59 BC', '1883-11-18 12:03:57.5-04:56:02', '0', '0');
insert into string values
    (3, E'\\N', E'\\N', E'\\.', '\', '\N', '\x5c4e', B'10101', B'1'),
    (4, E'tab\t lf\n cr\r crlf\r\n bs\b ff\f vt\013 bell\007 del\x7f \u0001 "''\\ {}|,;()', ' lead', 'x   ', ' ', 'name', '\x00', null, B'0'),
    (5, E'\\.\n\\.\nCOPY', 'trail  ', '     ', 'x', 'NULL', '\x000102fdfeff00', null, B'00'),
    (6, 'Zoë 漢字 🐘 ' || U&'e\0301 \FEFF \200B \0085 \FFFF', 'NULL', 'äöüßé', null, 'größe', decode(repeat('00', 3000), 'hex'), null, repeat('10', 500)::varbit);
insert into string
select 7, string_agg(md5(n::text), ' ' order by n), null, null, null, null, decode(string_agg(md5(n::text), '' order by n), 'hex')
from generate_series(1, 5000) n;
insert into document values
    (3, '  [1 , 1.0,1e0, "\u00e9\n" ]  ', '[1, 1.0, "\u00e9\n", {"": {}}]', 'no <b>root</b> at all', $$'a':1A,2B 'b c':16383 'it''s'$$, $$'super':*AB & 'it''s' <-> 'x' <3> y$$, '$."a b".type()', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    (4, '"\ud83d\ude00"', '"\ud83d\ude00"', '<?xml version="1.0"?><a>&lt;&amp;&#233;</a>', null, null, null, null),
    (5, '12345678901234567890.1234567890e-5', '12345678901234567890.1234567890', null, null, null, null, null);
insert into shape values (3, '(4.9e-324,1.7976931348623157e308)', '{1e-300,1,0}', null, null, '((0.1,0.2))', null, null);
insert into network values (3, '10.0.0.1/8', '192.168.1.0/25', null, null, '16/B374D848', null, null, '4294967296', 1);
