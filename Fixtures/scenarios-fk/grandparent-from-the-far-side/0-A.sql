insert into customer values (1, 'Ada');
insert into orders values (10, 1, 'order');
