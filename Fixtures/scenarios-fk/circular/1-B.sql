insert into hen values (3, 1);
