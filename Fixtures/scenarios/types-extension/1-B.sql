update item
set l = 'Top.Hobbies', cs = '{a,A,NULL}'
where id = 2;
insert into item (id, c, q) values (4, 'Größe', '(0.1,-0.2),(1e300,4.9e-324)');
