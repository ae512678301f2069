insert into friend values (1, 2), (2, 1), (3, 1);
insert into tag values ('red'), ('green');
