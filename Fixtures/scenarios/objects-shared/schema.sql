create table letter (id int primary key, lo oid);
create table appendix (name text primary key, first oid, second oid);
