update person
set age = 51
where name = 'CID';
insert into person values ('zoë', 60);
