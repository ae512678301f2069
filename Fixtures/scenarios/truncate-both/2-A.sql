insert into parent values (2);
