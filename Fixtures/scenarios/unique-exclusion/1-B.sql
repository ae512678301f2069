delete from booking
where id = 3;
insert into booking values (4, '[2024-02-05,2024-02-15)');
