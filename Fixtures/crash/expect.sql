-- What holds after a round on either side, in numbers that are the same for every round: the rows
-- of this round and of the next, how many rows there are from all rounds, and the history.
select string_agg(line, e'\n') as line
from (
    select format('parent %s %s', id - :base, ltrim(name, 'name ')::int - :base) as line
    from parent
    where id > :base
    union all
    select format('child %s %s', id - :base, parent - :base)
    from child
    where id > :base
    union all
    select format('item %s %s', id - :base, val)
    from item
    where id > :base
    union all
    select format('note %s %s %s', id - :base, a, b)
    from note
    where id > :base
    union all
    select format('scratch %s %s', id - :base, val)
    from scratch
    union all
    select format('wipe %s %s', id - :base, val)
    from wipe
    union all
    select format('paper %s %s', id - :base, md5(lo_get(lo)))
    from paper
    where id > :base
    union all
    select format('orphans %s', count(*))
    from pg_largeobject_metadata as m
    where m.oid not in (
            select lo from paper where lo is not null
            union all
            select lo from replication.kept_object
        )
    union all
    select format('conflict %s %s %s %s', tablename, (key ->> 'id')::int - :base, winner is null,
        loser is null)
    from replication.conflict
    where (key ->> 'id')::int > :base
    union all
    select format('rows %s', (
        select array[
            (select count(*) from parent) - 5 * :base / 100,
            (select count(*) from child) - 3 * :base / 100,
            (select count(*) from item) - 7 * :base / 100,
            (select count(*) from note) - 2 * :base / 100,
            (select count(*) from paper) - 7 * :base / 100,
            (select count(*) from replication.conflict) - :conflicts * :base / 100
        ]::text))
    union all
    select format('%s %s %s', tablename, policy, function)
    from replication.policy
    where tablename <> 'public.item'
    order by 1
) as lines
