select id, given, family from person order by id;
