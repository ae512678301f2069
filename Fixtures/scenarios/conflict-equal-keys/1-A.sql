update person
set name = 'BOB'
where name = 'bob';
update person
set age = 51
where name = 'cid';
insert into person values ('ann', 40);
insert into amount values (2.0, 'A');
