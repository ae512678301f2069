create table item (shop int not null, no int not null, name text, primary key (no));
create table late (id int, v text);
