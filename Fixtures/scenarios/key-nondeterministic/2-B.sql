update person
set name = 'bOb', age = 31
where name = 'bob';
update person
set name = 'ZOË'
where name = 'zoë';
