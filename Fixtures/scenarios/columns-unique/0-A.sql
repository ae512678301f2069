insert into item select i, i, '0' from generate_series(1, 6) as i;
