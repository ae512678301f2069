select
    id,
    n,
    c,
    extract(day from i),
    extract(hour from i),
    f::text,
    r::text,
    j,
    p,
    b,
    a,
    (k).n,
    extract(month from (k).i),
    extract(day from (k).i),
    rg,
    jb
from item
order by id;
