delete from customer
where id in (1, 3);
