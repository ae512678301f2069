create table singer (gone int, town text, gone_too int, phone text, id int primary key, name text);
alter table singer drop column gone, drop column gone_too;
