-- The rows that a round finds on both sides. :base is its number times 100.
insert into parent select :base + n, 'name ' || :base + n from generate_series(1, 5) as n;
insert into child values (:base + 1, :base + 5);
insert into item select :base + n, 'old' from generate_series(1, 8) as n;
insert into note select :base + n from generate_series(1, 2) as n;
insert into paper
select :base + n, lo_from_bytea(0, convert_to('old ' || n || repeat('.', 300000), 'utf8'))
from generate_series(1, 6) as n;
