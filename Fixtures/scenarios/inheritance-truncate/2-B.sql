insert into a_child values (3);
