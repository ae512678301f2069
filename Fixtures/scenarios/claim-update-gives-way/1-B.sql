update seat set place = 7, who = 'B' where id = 1;
update room set during = '[8,10)', who = 'B' where id = 1;
