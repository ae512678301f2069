create table person (id int primary key, a text, b text);
create table employee (c text, primary key (id)) inherits (person);
