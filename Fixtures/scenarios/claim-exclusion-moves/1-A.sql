begin;
set constraints all deferred;
update booking set during = int4range(lower(during) + 4, upper(during) + 4);
commit;
update strict_booking set during = '[13,17)' where id = 3;
update strict_booking set during = '[9,13)' where id = 2;
update strict_booking set during = '[5,9)' where id = 1;
