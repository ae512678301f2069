delete from orders;
delete from customer;
