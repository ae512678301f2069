update person set last = 'Low' where id = 1;
