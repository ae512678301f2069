insert into seat values (1, 'Ada'), (2, 'Bo');
