insert into item (id, f, fm) values (4, 'empty', '{[1,2]}');
