update booking
set guest = 'A'
where part = 1;
