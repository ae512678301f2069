insert into booking (room, part, day, guest) values
    ('blue', 1, '2024-01-01', 'start'),
    ('blue', 1, '2024-01-02', 'start'),
    ('blue', 2, '2024-01-01', 'start');
