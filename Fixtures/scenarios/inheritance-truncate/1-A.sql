truncate a;
truncate only b;
