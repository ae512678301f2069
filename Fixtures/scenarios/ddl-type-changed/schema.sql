create table bill (id int primary key, total text, note text);
