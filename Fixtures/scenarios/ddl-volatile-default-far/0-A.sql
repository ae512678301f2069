insert into person values (1, 'Ann', 'Lee'), (2, 'Bob', 'Ray');
