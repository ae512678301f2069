create table parent (id int primary key);
create table child (id int primary key, parent int references parent, a text, b text);
