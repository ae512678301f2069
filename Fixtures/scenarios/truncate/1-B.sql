truncate first, second;
insert into untouched values (2);
