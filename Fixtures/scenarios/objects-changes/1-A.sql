insert into doc
select i, 'text ' || i, lo_from_bytea(0, convert_to(repeat('content ' || i || ', ', 30000), 'utf8'))
from generate_series(1, 8) as i;
insert into doc values (9, 'none', null), (10, 'zero', 0);
