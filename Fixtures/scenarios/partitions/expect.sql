select count(*), sum(id), sum(value)
from measure;
select id, day - date '2024-01-01', kind, value, tableoid::regclass::text
from measure
where id < 6
    or id in (10, 20, 33, 59)
    or id >= 100
order by id, day;
