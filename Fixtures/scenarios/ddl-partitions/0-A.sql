insert into m values (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c');
