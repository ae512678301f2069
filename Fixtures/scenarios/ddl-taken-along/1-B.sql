drop table p1;
drop domain d cascade;
drop schema s cascade;
alter table k drop constraint k_pkey;
drop table k;
