update person set first = 'Anna' where id = 1;
