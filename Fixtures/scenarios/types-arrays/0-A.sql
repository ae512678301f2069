insert into item (id, i, t) values (1, '{}', '{}'), (2, null, null), (3, '{1,2,3}', '{a,b,c}');
