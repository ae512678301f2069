create table t (id serial primary key, a text, b text);
create table u (id serial primary key, a text);
create table v (id int primary key, a text);
create table w (id serial primary key, a text);
