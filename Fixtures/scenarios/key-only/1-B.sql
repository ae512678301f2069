insert into friend values (2, 3);
update friend
set one = other, other = one
where one = 3;
insert into tag values ('blue'), ('');
