create table booking (id int primary key, during int4range, who text,
    exclude using gist (during with &&));
