delete from customer
where id = 33;
