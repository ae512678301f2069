insert into item (id, net) overriding system value values (1001, 10), (1002, 20), (1003, 30);
insert into counted (id, number, name) overriding system value values (1, 2001, 'a'), (2, 2002, 'b');
insert into by_default (id, name) values (3001, 'a'), (3002, 'b');
