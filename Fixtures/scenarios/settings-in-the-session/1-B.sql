begin isolation level repeatable read;
set local datestyle = 'SQL, DMY';
update by_date
set d = '07/05/2024'
where d = '06/05/2024';
commit;
