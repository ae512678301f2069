insert into seat values (1, 'Eve');
