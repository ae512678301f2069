insert into booking values (1, '[1,5)', 'x'), (2, '[5,9)', 'x'), (3, '[9,13)', 'x');
insert into strict_booking values (1, '[1,5)'), (2, '[5,9)'), (3, '[9,13)');
