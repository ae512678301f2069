truncate child;
