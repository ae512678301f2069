alter table m attach partition m1 for values in (1);
insert into m values (8, 1, 'h');
