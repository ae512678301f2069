create table person (id int primary key, first text, last text);
create table pet (id int primary key, owner int, name text);
