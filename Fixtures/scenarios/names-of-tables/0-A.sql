do $$
declare
    t regclass;
begin
    for t in
        select c.oid
        from pg_class c
        where c.relkind = 'r'
            and c.relnamespace::regnamespace::text in ('public', '"Other Schema"', '"select"')
    loop
        execute format('insert into %s select n, %L from generate_series(1, 4) n', t, t);
    end loop;
end
$$;
