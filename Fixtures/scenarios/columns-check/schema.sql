create table item (id int primary key, a int, b int, check (a + b < 10));
