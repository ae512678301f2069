insert into z_customer values (1, 'Ada'), (2, 'Bo');
insert into m_order values (10, 1), (20, 2);
insert into a_line values (10, 1, 'tea'), (10, 2, 'cake'), (20, 1, 'beer');
