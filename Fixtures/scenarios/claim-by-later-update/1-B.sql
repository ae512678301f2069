update account set name = 'ann', note = 'of B' where id = 1;
