create table person (id int primary key, first text, last text);
