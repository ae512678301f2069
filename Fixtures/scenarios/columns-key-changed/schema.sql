create extension citext;
create table item (id citext primary key, a text, b text);
