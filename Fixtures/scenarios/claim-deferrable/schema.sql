create table seat (id int primary key, place int unique deferrable initially deferred, who text);
create table guest (id int primary key deferrable, name text unique deferrable);
create table booking (id int primary key, during int4range,
    exclude using gist (during with &&) deferrable initially deferred);
