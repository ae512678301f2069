update seat
set number = 21 - number, rank = rank % 20 + 1
where id <= 20;
