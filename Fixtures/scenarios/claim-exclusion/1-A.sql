insert into booking values (1, '[1,5)', 'A'), (3, '[20,21)', 'A');
