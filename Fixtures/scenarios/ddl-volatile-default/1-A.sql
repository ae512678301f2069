alter table person add column seen timestamptz not null default clock_timestamp();
alter table person add column made timestamptz default now();
