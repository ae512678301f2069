insert into person values ('ANN', 'Annie', 41);
