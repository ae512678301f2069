update item
set a.street = 'Side', ms = '{ok}', s = 'B'
where id = 3;
insert into item (id, m, who) values (5, 'a,b"c', row('Bo', null, '{}')::person);
