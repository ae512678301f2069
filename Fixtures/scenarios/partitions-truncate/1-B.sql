truncate item_2;
truncate whole;
insert into whole values (3);
