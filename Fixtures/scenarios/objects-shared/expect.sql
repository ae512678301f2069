select name, convert_from(lo_get(first), 'utf8'), second from appendix;
select count(*)
from pg_largeobject_metadata
where oid not in (select first from appendix where first is not null);
