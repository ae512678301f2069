insert into city values (1, 'Lyon'), (2, 'Graz'), (3, 'Linz');
insert into capital values (1, 'Paris', 'F'), (11, 'Vienna', 'A'), (12, 'Rome', 'I');
insert into old_capital values (1, 'Bonn', 'D', 1999), (21, 'Turin', 'I', 1865);
