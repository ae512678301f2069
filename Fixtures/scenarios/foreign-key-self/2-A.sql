delete from node
where id < 5;
