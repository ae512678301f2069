update bid
set amount = 7, who = 'B'
where id in (1, 2, 4);
delete from bid
where id = 3;
