update price
set amount = 10;
