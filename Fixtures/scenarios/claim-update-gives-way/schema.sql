create table seat (id int primary key, place int unique, who text);
create table room (id int primary key, during int4range, who text,
    exclude using gist (during with &&));
