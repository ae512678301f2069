update booking
set part = 3, note = 'moved by B'
where room = 'blue'
    and day = '2024-01-01'
    and part = 2;
update booking
set note = null
where day = '2024-01-02';
insert into booking (room, day, part, note) values ('red', '2024-01-01', 2, 'new');
delete from big_key
where v = 'a';
insert into big_key (a, b, c, d, e, v) values
    (1, 'b', '00000000-0000-0000-0000-000000000002', '2024-01-01 00:00:00+00', '\x00', 'new');
