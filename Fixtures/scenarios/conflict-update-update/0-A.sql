insert into item values (1, 'nail', 100), (2, 'screw', 200);
