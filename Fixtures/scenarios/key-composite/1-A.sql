update booking
set guests = 20
where room = 'blue'
    and day = '2024-01-01'
    and part = 1;
delete from booking
where room = 'red';
insert into booking (room, day, part, guests) values ('red', '2024-01-03', 1, 1);
update big_key
set a = 3
where b = '';
update big_key
set v = 'c, A'
where d = 'infinity';
