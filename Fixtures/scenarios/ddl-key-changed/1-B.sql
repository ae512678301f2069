update item set name = 'B' where no = 2;
insert into item values (2, 9, 'f');
