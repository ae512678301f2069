select id, balance, version, shout
from account
order by id;
select accounts, balance, statements
from total;
select account, what, count(*)
from audit
group by account, what
order by account, what;
