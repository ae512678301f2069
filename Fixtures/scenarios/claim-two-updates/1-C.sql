update account set name = 'ann', note = 'of C' where id = 2;
