insert into item values (4, 4, 'g');
delete from item where shop = 3;
