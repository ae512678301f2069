create table bid (
    id integer primary key,
    amount numeric,
    who text
);
create schema policy;
create function policy.highest(older jsonb, newer jsonb)
    returns jsonb
    language sql
    immutable
as $$
    select case
        when older is null then newer
        when newer is null then older
        when (older ->> 'amount')::numeric > (newer ->> 'amount')::numeric then older
        else newer
    end;
$$;
