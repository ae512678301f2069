insert into k_int2 values (-32768, 'a'), (0, 'b'), (32767, 'c'), (1, 'd');
insert into k_int4 values (-2147483648, 'a'), (0, 'b'), (2147483647, 'c'), (1, 'd');
insert into k_int8 values
    (-9223372036854775808, 'a'),
    (9007199254740993, 'b'),
    (9223372036854775807, 'c'),
    (9007199254740992, 'd');
insert into k_text values ('', 'a'), (' ', 'b'), (E'tab\tnew\nline\\N', 'c'), ('Zoë', 'd');
insert into k_varchar values ('x', 'a'), ('x ', 'b'), ('\N', 'c'), ('null', 'd');
insert into k_char values ('', 'a'), ('x', 'b'), (' x', 'c'), ('xxxxx', 'd');
insert into k_internal_char values ('a', 'a'), ('b', 'b'), ('', 'c'), ('\', 'd');
insert into k_name values ('a', 'a'), ('b', 'b'), ('C d', 'c'), ('"e"', 'd');
insert into k_uuid values
    ('00000000-0000-0000-0000-000000000000', 'a'),
    ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'b'),
    ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'c'),
    ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', 'd');
insert into k_numeric values
    ('NaN', 'a'),
    (0.10000000000000000000000000000000000000001, 'b'),
    (-1e100, 'c'),
    (0.1, 'd'),
    ('Infinity', 'e');
insert into k_money values (1.00::numeric, 'a'), (-0.01::numeric, 'b'), (1234567.89::numeric, 'c'), (0::numeric, 'd');
insert into k_float values ('NaN', 'a'), (0.1, 'b'), (0.30000000000000004, 'c'), (0.3, 'd'), ('-Infinity', 'e');
insert into k_real values ('NaN', 'a'), (0.1, 'b'), (16777216, 'c'), (1e-45, 'd');
insert into k_date values ('infinity', 'a'), ('0044-03-15 BC', 'b'), ('2024-02-29', 'c'), ('99999-12-31', 'd');
insert into k_time values ('00:00', 'a'), ('24:00', 'b'), ('12:00:00.000001', 'c'), ('12:00', 'd');
insert into k_timetz values ('12:00+00', 'a'), ('13:00+01', 'b'), ('12:00:00.000001+00', 'c'), ('12:00-11:30', 'd');
insert into k_timestamp values
    ('-infinity', 'a'),
    ('2024-01-02 03:04:05.000001', 'b'),
    ('2024-01-02 03:04:05.000002', 'c'),
    ('0044-03-15 12:00:00 BC', 'd');
insert into k_timestamptz values
    ('infinity', 'a'),
    ('2024-03-31 02:30:00+01', 'b'),
    ('2024-03-31 02:30:00.000001+01', 'c'),
    ('2024-01-02 03:04:05-11', 'd');
insert into k_interval values ('1 month', 'a'), ('1 day', 'b'), ('-1 second', 'c'), ('1 year 2 months', 'd');
insert into k_bytea values ('\x', 'a'), ('\x00', 'b'), ('\x0000', 'c'), ('\x5c00ff27', 'd');
insert into k_bool values (true, 'a');
insert into k_bit values ('', 'a'), ('0', 'b'), ('00', 'c'), ('1', 'd');
insert into k_enum values ('sad', 'a'), ('so so', 'b');
insert into k_domain values ('A', 'a'), ('B', 'b'), ('C c', 'c'), ('Dd', 'd');
insert into k_inet values ('10.0.0.1', 'a'), ('10.0.0.1/8', 'b'), ('::1', 'c'), ('fe80::/10', 'd');
insert into k_cidr values ('10.0.0.0/8', 'a'), ('10.0.0.0/16', 'b'), ('::/0', 'c'), ('0.0.0.0/0', 'd');
insert into k_macaddr values
    ('00:00:00:00:00:00', 'a'),
    ('08:00:2b:01:02:03', 'b'),
    ('ff:ff:ff:ff:ff:ff', 'c'),
    ('08:00:2b:01:02:04', 'd');
insert into k_jsonb values ('{}', 'a'), ('null', 'b'), ('{"a": [1, "x"]}', 'c'), ('"1"', 'd');
insert into k_array values ('{}', 'a'), ('{NULL}', 'b'), ('{"NULL",""}', 'c'), ('[0:1]={x,y}', 'd');
insert into k_enum_array values ('{}', 'a'), ('{sad}', 'b'), ('{sad,"so so"}', 'c'), ('{NULL,sad}', 'd');
insert into k_range values ('empty', 'a'), ('(,)', 'b'), ('[1,5)', 'c'), ('[1,)', 'd');
insert into k_composite values
    (row(1, 'a')::pair, 'a'),
    (row(1, '')::pair, 'b'),
    (row(1, null)::pair, 'c'),
    (row(null, '"q", (x)')::pair, 'd');
insert into k_lsn values ('0/0', 'a'), ('FFFFFFFF/FFFFFFFF', 'b'), ('1/0', 'c'), ('0/1', 'd');
insert into k_oid values (0, 'a'), (4294967295, 'b'), (1, 'c'), (2, 'd');
