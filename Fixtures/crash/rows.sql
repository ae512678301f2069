-- The rows that a round finds on both sides. :base is its number times 100.
insert into parent select :base + n, 'name ' || :base + n from generate_series(1, 5) as n;
insert into child values (:base + 1, :base + 5);
insert into item select :base + n, 'old' from generate_series(1, 8) as n;
insert into note select :base + n from generate_series(1, 2) as n;
