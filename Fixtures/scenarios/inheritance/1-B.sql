update only city
set name = 'Linz, B'
where id = 3;
update capital
set country = country || ', B'
where id > 10
    and id <> 12;
