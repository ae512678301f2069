begin;
insert into z_customer values (3, 'Cy');
insert into m_order values (30, 3);
insert into a_line values (30, 1, 'milk'), (30, 2, 'rolls');
commit;
