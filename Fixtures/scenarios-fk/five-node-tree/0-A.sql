insert into customer values (1, 'Ada'), (2, 'Bo'), (3, 'Cy');
insert into orders values (10, 1, 'order'), (20, 2, 'order'), (30, 3, 'order');
insert into line values (101, 10), (201, 20), (301, 30);
