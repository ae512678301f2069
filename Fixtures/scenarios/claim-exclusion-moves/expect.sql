select * from booking order by id; select * from strict_booking order by id;
