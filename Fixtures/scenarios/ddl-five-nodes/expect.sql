select * from person order by id;
select * from t9;
select count(*) from of_c;
select count(*), count(distinct uid) from replication.schema_change where origin = 5;
