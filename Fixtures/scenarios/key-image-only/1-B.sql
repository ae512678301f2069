delete from k_numeric
where k = 3;
insert into k_numeric values (3.0, 'c anew');
update k_interval
set k = '30 days'
where v = 'b';
update k_array
set k = '{2.0}'
where v = 'b';
