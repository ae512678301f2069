-- gives Zoë Müller a new mobile number, and moves the rehearsal of 22 September
update phone
set number = '+41 79 555 04 44'
where number = '+41 79 555 01 17';

update event
set place = 'Kirchgemeindehaus', starts = '2026-09-23 19:30+02'
where starts = '2026-09-22 19:30+02';
