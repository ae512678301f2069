insert into seat values
    (1, 'north', 1, 'Ada'),
    (2, 'north', 2, 'Bo'),
    (3, 'south', 1, 'Cy'),
    (4, 'south', 2, 'Di'),
    (5, 'south', 3, 'Eve');
