insert into doc select i, 'title', lo_from_bytea(0, 'as it was') from generate_series(1, 5) as i;
