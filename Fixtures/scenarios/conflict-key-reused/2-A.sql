delete from seat
where id = 1;
