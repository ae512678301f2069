insert into parent values (1, 'one');
insert into child values (10, 1, 'ten'), (11, 1, 'eleven');
