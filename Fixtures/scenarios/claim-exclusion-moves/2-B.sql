begin;
set constraints all deferred;
update booking set during = case id when 1 then '[9,13)'::int4range else '[5,9)' end where id in (1, 2);
commit;
update strict_booking set during = 'empty' where id = 1;
update strict_booking set during = '[5,9)' where id = 2;
update strict_booking set during = '[9,13)' where id = 1;
