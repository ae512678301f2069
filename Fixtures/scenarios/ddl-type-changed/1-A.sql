alter table bill alter total type numeric(10, 2) using total::numeric / 100;
update bill set total = 1.25 where id = 1;
