begin;
delete from a_line
where m_order = 20;
delete from m_order
where id = 20;
delete from z_customer
where id = 2;
update a_line
set what = 'green tea'
where m_order = 10
    and line = 1;
commit;
