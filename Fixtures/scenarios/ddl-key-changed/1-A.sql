delete from item where no = 4;
update item set name = 'A' where no = 1;
alter table item drop constraint item_pkey, add primary key (shop, no);
insert into item values (3, 1, 'e');
insert into late values (1, 'x'), (2, 'y');
alter table late add primary key (id);
