begin;
update booking
set during = '[2030-01-01,2030-01-02)'
where id = 1;
update booking
set during = '[2024-01-01,2024-01-12)'
where id = 2;
update booking
set during = '[2024-01-12,2024-01-20)'
where id = 1;
commit;
