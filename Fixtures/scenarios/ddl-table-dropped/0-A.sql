insert into person values (1, 'Ann', 'Lee'), (2, 'Bob', 'Ray');
insert into note values (1, 1, 'x');
