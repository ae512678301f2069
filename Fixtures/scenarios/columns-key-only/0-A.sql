insert into item select generate_series(1, 3);
