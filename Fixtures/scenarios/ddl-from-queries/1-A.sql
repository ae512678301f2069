create table copy as select id, first || '!' as name from person;
select id * 10 as id into second from person;
alter table copy add primary key (id);
insert into copy values (7, 'seven');
