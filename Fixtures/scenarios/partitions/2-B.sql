update measure
set day = day - 365
where id between 1 and 5;
insert into measure values (201, '2024-05-06', 'B', 1);
