update account
set balance = balance + 10, shout = 'more'
where id = 1;
