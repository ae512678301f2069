create table by_date (
    d date primary key,
    tsz timestamptz unique,
    f double precision,
    i interval,
    b bytea,
    n integer
);
create function write_it(day text)
    returns void
    language sql
    set datestyle = 'SQL, MDY'
    set timezone = 'America/New_York'
as $$
    insert into by_date (d, tsz, n) values (day::date, (day || ' 01:02:03')::timestamptz, 0);
$$;
