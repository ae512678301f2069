insert into line values (100, 10);
