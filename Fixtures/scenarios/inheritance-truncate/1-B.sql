truncate c_child;
