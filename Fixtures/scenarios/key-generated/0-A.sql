insert into item values ('One', default, 1), ('Two', default, 2), ('Three', default, 3);
insert into pair values (1, default, 'x'), (12, default, 'y'), (23, default, 'z');
