update k_float
set v = 'a, B'
where k = 0;
