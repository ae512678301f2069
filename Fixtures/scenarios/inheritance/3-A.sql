delete from only capital
where id = 101;
