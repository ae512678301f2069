insert into seat values (11, 101, 'x'), (12, 102, 'x'), (13, 103, 'x');
