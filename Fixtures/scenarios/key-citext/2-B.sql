update person
set name = 'bOb', age = 31
where name = 'bob';
