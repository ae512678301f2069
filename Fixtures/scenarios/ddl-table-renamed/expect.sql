select * from hr.staff order by id;
select tablename, policy from replication.policy;
