insert into account (id, balance, shout) values (1, 100, 'one'), (2, 200, 'two'), (3, -1, 'refused');
insert into scratch values (1);
