create table person (id int primary key, first text, last text);
create table note (id int primary key, person int references person, body text);
