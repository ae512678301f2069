insert into item values (4, 'C'), (5, 'C'), (10, 'all');
insert into only_c values (1), (2);
