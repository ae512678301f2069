select id, first, born, size, age from person order by id;
select id, t from a_only;
select id, p from b_only;
