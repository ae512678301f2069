insert into seat values (1, 1, 'x'), (2, 2, 'x');
insert into room values (1, '[1,2)', 'x'), (2, '[2,3)', 'x');
