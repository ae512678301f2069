begin;
delete from hen;
delete from egg;
commit;
