insert into m values (6, 2, 'f'), (7, 1, 'g');
update m set v = 'C' where id = 3;
