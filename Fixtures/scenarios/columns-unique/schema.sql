create table item (id int primary key, place int unique, a text);
