update person set last = 'Leigh' where id = 1;
alter table person add column full_name text;
update person set full_name = first || ' ' || last;
insert into person values (3, 'Cid', 'Poe', 'Cid Poe');
alter table person drop column first, drop column last;
delete from person where id = 2;
alter table person rename full_name to name;
alter table person alter name set not null;
insert into person values (4, 'Dan Fox');
