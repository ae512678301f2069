insert into employee values
    (1, 'Ada', 1, true),
    (2, 'Bo', 1, false),
    (3, 'Cy', 2, true),
    (4, 'Di', 2, false),
    (5, 'Eve', 3, false);
