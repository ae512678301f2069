select id, first, seen is not null, made is not null, code is not null, n, no is not null from person order by id;
select count(distinct code), count(distinct no) from person;
