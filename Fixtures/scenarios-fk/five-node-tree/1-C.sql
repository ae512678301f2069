delete from customer
where id in (2, 3);
