alter table item alter no type bigint;
update item set name = 'C' where no = 3;
insert into late values (3, 'z');
