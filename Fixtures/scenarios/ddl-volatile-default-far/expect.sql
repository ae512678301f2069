select id, first, code is not null, no is not null from person order by id;
select count(distinct code) from person;
