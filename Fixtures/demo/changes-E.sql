-- gives Zoë Müller another mobile number, and enters Brónach Ní Dhomhnaill
update phone
set number = '+41 76 555 07 89'
where number = '+41 79 555 01 17';

insert into person (name, town, born)
values ('Brónach Ní Dhomhnaill', 'Dún na nGall', '1998-02-01');
