begin;
truncate item;
insert into item values (1, 'one'), (2, 'two reloaded'), (4, 'four, the same');
commit;
