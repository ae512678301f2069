insert into token values (1, 'start'), (2, 'start');
