create table stock (
    id integer primary key,
    amount integer,
    note text,
    place text
);
create schema policy;
create function policy.lower_amount_both_notes(older jsonb, newer jsonb)
    returns jsonb
    language sql
    immutable
as $$
    select jsonb_build_object(
        'id', newer -> 'id',
        'amount', least((older ->> 'amount')::integer, (newer ->> 'amount')::integer),
        'note', concat_ws(' and ', older ->> 'note', newer ->> 'note')
    );
$$;
