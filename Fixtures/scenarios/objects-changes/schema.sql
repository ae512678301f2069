create table doc (id int primary key, title text, lo oid);
