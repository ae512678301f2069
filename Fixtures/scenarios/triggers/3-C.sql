delete from account
where id = 2;
update account
set balance = -5
where id = 1;
