create table account (id int primary key, name text unique, note text);
