begin;
set local datestyle = 'German, DMY';
set local timezone = 'Pacific/Auckland';
set local intervalstyle = 'iso_8601';
set local extra_float_digits = -15;
set local bytea_output = 'escape';
set local search_path = pg_catalog;
set local synchronous_commit = off;
update public.by_date
set f = 0.1::float8 + 0.2::float8, i = '-1 day +2 hours', b = '\x5c00', tsz = '03.02.2024 01:02:03'
where d = '03.02.2024';
commit;
begin isolation level serializable;
update by_date
set n = 20
where d = '2024-03-02';
commit;
select write_it('11/12/2024');
