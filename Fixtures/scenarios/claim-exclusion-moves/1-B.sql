insert into booking values (4, '[100,101)', 'y');
