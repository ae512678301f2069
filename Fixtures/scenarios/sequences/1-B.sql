insert into by_serial (node) select 'B' from generate_series(1, 40);
insert into by_bigserial (node) select 'B' from generate_series(1, 40);
insert into by_smallserial (node) select 'B' from generate_series(1, 40);
insert into by_default (node) select 'B' from generate_series(1, 40);
insert into by_always (node) select 'B' from generate_series(1, 40);
insert into by_start (node) select 'B' from generate_series(1, 40);
insert into "Serial Of Upper" (node) select 'B' from generate_series(1, 40);
insert into share_1 (node) select 'B' from generate_series(1, 20);
insert into share_2 (node) select 'B' from generate_series(1, 20);
