select lo_put(file, 0, 'ONE') from paper where id = 1;
update paper set file = file where id = 1;
insert into paper values (3, lo_from_bytea(0, 'three'));
