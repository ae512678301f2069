delete from parent;
insert into parent values (1, 'another');
