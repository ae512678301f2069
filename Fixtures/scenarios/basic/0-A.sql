insert into item values
    (1, 'nail', 0.05),
    (2, 'screw', 0.10),
    (3, 'hammer', 12.00),
    (4, 'saw', null);
