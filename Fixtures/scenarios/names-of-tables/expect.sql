select 'UPPER', id, v
from "UPPER"
order by id;
select 'upper', id, v
from upper
order by id;
select 'Other', id, v
from "Other Schema".upper
order by id;
select 'select.select', id, v
from "select"."select"
order by id;
select 'public.select', id, v
from "select"
order by id;
select 'first', id, v
from a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same1
order by id;
select 'second', id, v
from a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same2
order by id;
select 'a.b', id, v
from "a.b"
order by id;
select count(*)
from "Other Schema"."a.b";
select count(*)
from "per%cent %I %s";
select count(*)
from "Größe und Maß 漢字 🐘";
select sum(id)
from "dol$lar $$ $1";
select sum(id)
from "sin'gle";
select sum(id)
from "with space";
select sum(id)
from "new
line";
select sum(id)
from "-- comment /*";
select sum(id)
from " ";
select sum(id)
from "user";
select sum(id)
from "ünïcödé_näme_öf_sïxty_thréé_bytés_whïch_énd_ööö2";
