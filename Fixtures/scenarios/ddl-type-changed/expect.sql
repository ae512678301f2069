select * from bill order by id;
select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'bill'::regclass and attname = 'total';
