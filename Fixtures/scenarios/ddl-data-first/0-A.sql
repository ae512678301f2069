insert into person values (1, 'Ann', 'Lee'), (2, 'Bob', 'Ray');
insert into pet values (1, 9, 'Rex'), (2, 1, 'Rex');
