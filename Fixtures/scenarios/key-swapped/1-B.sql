begin;
update item
set id = -3
where id = 3;
update item
set id = 3, note = 'was 4'
where id = 4;
update item
set id = 4
where id = 5;
update item
set id = 5
where id = -3;
commit;
