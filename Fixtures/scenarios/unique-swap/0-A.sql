insert into seat values
    (1, 'Ada'),
    (2, 'Bo'),
    (3, 'Cy'),
    (4, 'Di'),
    (5, 'Eve'),
    (6, 'Flo');
