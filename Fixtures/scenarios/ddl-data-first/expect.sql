select * from pet order by id;
select * from person order by id;
