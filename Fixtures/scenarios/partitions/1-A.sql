insert into measure values (200, '2023-05-05', 'A', 1), (201, '2024-05-05', 'A', 1);
insert into measure_2023 values (202, '2023-06-06', 'A', 1);
insert into measure_2024_warm values (203, '2024-06-06', 'hot', 1);
insert into measure_other (id, day, kind, value) values (204, '2031-01-01', 'A', 1);
update measure
set day = day + 365
where id between 1 and 5;
update measure_2024
set kind = 'cold'
where id = 33;
delete from measure_2024_rest
where id = 59;
