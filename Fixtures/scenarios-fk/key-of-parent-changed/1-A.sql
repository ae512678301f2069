update parent
set id = 2;
