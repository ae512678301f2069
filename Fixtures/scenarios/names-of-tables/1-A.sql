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
        execute format('insert into %s values (5, %L)', t, t || ', A');
        execute format('update %s set v = v || '', A'' where id = 1', t);
        execute format('delete from %s where id = 2', t);
        execute format('update %s set id = -3 where id = 3', t);
    end loop;
end
$$;
