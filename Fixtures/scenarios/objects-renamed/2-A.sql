alter table doc rename lo to file;
alter table doc rename to paper;
alter table paper add column lo oid;
update paper set lo = lo_from_bytea(0, 'second') where id = 1;
