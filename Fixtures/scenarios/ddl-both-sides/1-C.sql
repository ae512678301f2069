create index on person (last);
insert into person values (3, 'Cid', 'Poe');
