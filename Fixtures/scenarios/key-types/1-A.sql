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
        execute format('update %I set v = v || '', A'' where v = ''a''', t);
        execute format('delete from %I where v = ''b''', t);
    end loop;
end
$$;
insert into k_bool values (false, 'inserted');
insert into k_enum values ('it''s "fine"', 'inserted');
insert into k_timetz values ('12:00+01', 'inserted');
insert into k_inet values ('10.0.0.1/32', 'duplicate of a') on conflict do nothing;
insert into k_inet values ('10.0.0.1/31', 'inserted');
insert into k_jsonb values ('{"b": 1}', 'inserted');
insert into k_array values ('{{x},{y}}', 'inserted'), ('{x,y}', 'inserted');
insert into k_composite values (row(null, null)::pair, 'inserted');
insert into k_bytea
select decode(string_agg(lpad(to_hex(n), 2, '0'), '' order by n), 'hex'), 'all bytes'
from generate_series(0, 255) n;
