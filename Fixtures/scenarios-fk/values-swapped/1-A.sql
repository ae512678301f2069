begin;
update parent
set code = 'x'
where id = 1;
update parent
set code = 'a'
where id = 2;
update parent
set code = 'b'
where id = 1;
commit;
