truncate item;
