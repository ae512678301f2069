update price
set amount = 30;
