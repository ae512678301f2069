update booking
set guest = 'B'
where day = '2024-01-01';
