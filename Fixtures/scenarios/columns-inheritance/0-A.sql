insert into person values (1, '0', '0');
insert into employee values (2, '0', '0', '0');
