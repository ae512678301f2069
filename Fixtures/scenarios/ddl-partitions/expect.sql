select tableoid::regclass, * from m order by id;
