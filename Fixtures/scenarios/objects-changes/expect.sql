select d.id, d.title,
    case
        when m.oid is not null then length(lo_get(m.oid)) || ' ' || left(md5(lo_get(m.oid)), 6)
        when d.lo <> 0 then 'gone'
        else d.lo::text
    end
from doc as d
    left join pg_largeobject_metadata as m on m.oid = d.lo
order by d.id;
select count(*) from pg_largeobject_metadata where oid not in (select lo from doc where lo is not null);
