insert into plain values (1, 'one again');
insert into first values (1);
