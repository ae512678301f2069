insert into customer values (1, 'Ada again');
insert into invoice values (10, 1);
