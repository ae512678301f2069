insert into parent values (1, 'one');
insert into visit values (10, 1), (11, null);
