update person
set age = 31
where name = 'bob';
update person
set name = 'CID'
where name = 'cid';
insert into person values ('Ann', 41);
insert into amount values (2.00, 'B');
delete from amount
where n = 1;
