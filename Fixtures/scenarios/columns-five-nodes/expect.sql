table item;
