insert into stock values (1, 100, null, 'north'), (2, 100, null, 'north');
