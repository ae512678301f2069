create table doc (id int primary key, lo oid);
