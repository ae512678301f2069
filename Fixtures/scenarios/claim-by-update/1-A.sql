update account set name = 'ann', note = 'of A' where id = 1;
