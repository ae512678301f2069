update seat set place = 7, who = 'A' where id = 2;
update room set during = '[7,9)', who = 'A' where id = 2;
