select f.name, d.title, r.number, r.mime, shown(r.lo), r.comment, shown(x.thumbnail),
    convert_from(lo_get(x.plain::oid), 'utf8')
from document as d
    join folder as f on f.id = d.folder
    join revision as r on r.document = d.id
    left join derivative as x on (x.document, x.number) = (r.document, r.number)
order by 1, 2, 3;
