insert into parent values (1, 'one');
