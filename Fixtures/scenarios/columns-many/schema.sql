do $$
begin
    execute (
        select format(
            'create table wide (id integer primary key, %s)',
            string_agg(format('column_%s text', n), ', ' order by n)
        )
        from generate_series(1, 600) n
    );
end
$$;
