select id, parent, a, b from child order by id;
select id from parent;
