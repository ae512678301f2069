update person
set name = 'BOB'
where name = 'bob';
delete from person
where name = 'ANN';
