insert into a values (1);
insert into a_child values (2);
insert into b values (1);
insert into b_child values (2);
insert into c values (1);
insert into c_child values (2);
