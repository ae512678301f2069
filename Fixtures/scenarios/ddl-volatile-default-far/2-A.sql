alter table person add column no serial;
