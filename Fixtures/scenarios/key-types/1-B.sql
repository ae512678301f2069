do $$
declare
    t text;
begin
    for t in
        select relname
        from pg_class
        where relname like 'k\_%'
            and relkind = 'r'
    loop
        execute format('update %I set v = v || '', B'' where v = ''c''', t);
        execute format('delete from %I where v = ''d''', t);
    end loop;
end
$$;
insert into k_text values (E'\t', 'inserted'), ('%s {} $1', 'inserted'), ('Zoe' || U&'\0308', 'inserted');
insert into k_numeric values (1.00, 'inserted'), ('-Infinity', 'inserted');
insert into k_float values (4.9406564584124654e-324, 'inserted'), (1.7976931348623157e308, 'inserted');
