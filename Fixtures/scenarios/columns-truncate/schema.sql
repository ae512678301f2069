create table singer (id int primary key, name text, phone text, town text);
