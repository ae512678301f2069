delete from item;
insert into item values (4, 'vier');
