delete from node;
