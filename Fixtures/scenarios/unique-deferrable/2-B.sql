update seat
set span = int4range(210 - id * 10, 220 - id * 10);
