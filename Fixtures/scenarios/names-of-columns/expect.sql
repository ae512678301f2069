select xid, origin, via, changed_at = timestamptz '2025-01-01 00:00:00+00', action, key
from like_the_log
order by xid;
select *
from like_ours
order by k1;
select "new", "old", x, t, tg_op
from "old";
select *
from "new"
order by 1;
select *
from awkward
order by 1;
