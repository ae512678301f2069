delete from friend
where one = 2;
update tag
set name = 'dark red'
where name = 'red';
