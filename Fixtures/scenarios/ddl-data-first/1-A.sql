update pet set owner = 2 where id = 1;
update pet set name = 'Max' where id = 2;
alter table pet add foreign key (owner) references person;
create unique index on pet (name);
update person set last = upper(last);
alter table person add check (last = upper(last)), alter last set not null;
