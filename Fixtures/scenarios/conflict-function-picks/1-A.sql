update bid
set amount = 10, who = 'A'
where id in (1, 3);
update bid
set amount = 5, who = 'A'
where id = 2;
delete from bid
where id = 4;
