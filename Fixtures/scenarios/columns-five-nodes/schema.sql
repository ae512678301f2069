create table item (id int primary key, a text, b text, c text, d text);
