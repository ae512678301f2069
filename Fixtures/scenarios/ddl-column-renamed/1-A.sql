alter table person rename column first to given;
update person set last = 'Roe' where id = 2;
