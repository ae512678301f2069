insert into item select i, r, '0', '0', '0' from generate_series(1, 3) as i, generate_series(0, 1) as r;
