truncate parent, child;
