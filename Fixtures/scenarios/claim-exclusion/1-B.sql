insert into booking values (2, '[4,8)', 'B'), (4, '[30,31)', 'B');
