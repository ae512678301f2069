update person
set nick = 'EL'
where name = 'cid';
delete from person
where name = 'DAN';
insert into person values ('DAN', 'DD', 61);
