select replication.large_object('appendix', 'first');
select replication.large_object('appendix', 'second');
insert into letter values (1, lo_from_bytea(0, 'one')), (2, lo_from_bytea(0, 'two'));
insert into letter select 3, lo from letter where id = 1;
