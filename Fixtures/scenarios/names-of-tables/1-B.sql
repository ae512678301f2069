update "UPPER"
set v = 'B of UPPER'
where id = 4;
update upper
set v = 'B of upper'
where id = 4;
update "Other Schema".upper
set v = 'B of Other Schema.upper'
where id = 4;
update "select"."select"
set v = 'B of select.select'
where id = 4;
update "select"
set v = 'B of public.select'
where id = 4;
update a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same1
set v = 'B of the first'
where id = 4;
delete from a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same2
where id = 4;
