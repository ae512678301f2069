insert into doc values (1, lo_from_bytea(0, 'one')), (2, lo_from_bytea(0, 'two'));
