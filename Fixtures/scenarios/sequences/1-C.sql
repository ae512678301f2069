insert into by_serial (node) select 'C' from generate_series(1, 40);
insert into by_bigserial (node) select 'C' from generate_series(1, 40);
insert into by_smallserial (node) select 'C' from generate_series(1, 40);
insert into by_default (node) select 'C' from generate_series(1, 40);
insert into by_always (node) select 'C' from generate_series(1, 40);
insert into by_start (node) select 'C' from generate_series(1, 40);
insert into "Serial Of Upper" (node) select 'C' from generate_series(1, 40);
insert into share_1 (node) select 'C' from generate_series(1, 20);
insert into share_2 (node) select 'C' from generate_series(1, 20);
