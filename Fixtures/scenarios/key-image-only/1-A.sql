update k_numeric
set k = 1.00
where k = 1;
delete from k_numeric
where k = 2.000;
update k_float
set k = '-0', v = 'a, A'
where k = 0;
update k_interval
set k = '24 hours'
where v = 'a';
update k_two
set k = 1.00
where a = 1;
update k_array
set k = '{1.00}'
where v = 'a';
