alter table person add column code uuid default gen_random_uuid();
