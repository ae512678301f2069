update city
set id = id + 100;
