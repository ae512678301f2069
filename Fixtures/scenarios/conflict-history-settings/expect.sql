select
    key ->> 'id',
    (loser ->> 'f')::float8 = 0.1::float8 + 0.2::float8,
    (loser ->> 'r')::real = (1.0 / 3)::real,
    loser ->> 'b',
    loser ->> 'd',
    loser ->> 'n',
    convert_to(loser ->> 't', 'UTF8') = decode('c3a90a225c', 'hex'),
    loser ->> 'j',
    loser ->> 'a'
from replication.conflict
order by 1;
