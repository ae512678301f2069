create table m3 partition of m for values in (3);
insert into m values (4, 3, 'd');
create table m4 (id int, k int, v text, primary key (id, k));
insert into m4 values (5, 4, 'e');
alter table m attach partition m4 for values in (4);
update m set v = 'E' where id = 5;
delete from m where id = 2;
alter table m detach partition m1;
update m1 set v = 'A';
