create collation ignore_case (
    provider = icu,
    locale = 'und-u-ks-level2',
    deterministic = false
);
create table person (
    name text collate ignore_case primary key,
    age integer
);
