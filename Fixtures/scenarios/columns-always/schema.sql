create table item (id int primary key, number int generated always as identity, a text, b text);
