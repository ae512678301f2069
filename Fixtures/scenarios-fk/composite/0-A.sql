insert into parent values
    (1, 1, 'not held'), (1, 2, 'held by child'), (2, 1, 'held by strict_child'),
    (2, 2, 'nobody''s'), (3, 3, 'of A');
