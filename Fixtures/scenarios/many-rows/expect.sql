select
    count(*),
    count(*) filter (where id < 0),
    count(*) filter (where value < 0),
    count(*) filter (where note is null),
    sum(id)
from measure;
