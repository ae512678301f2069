-- What two nodes compare of large objects whose rows nobody has changed.

-- The size of each of some objects in bytes, and one sum over all of it: both null where there is none
-- of that number. Each number is looked at once.
create or replace function replication.object_digests(objects oid[])
    returns table (lo oid, size bigint, digest uuid)
    language sql
    stable
begin atomic
    select s.lo, s.size,
        md5(string_agg(md5(lo_get(s.lo, c.chunk::bigint * replication.chunk_bytes(),
            replication.chunk_bytes())), '' order by c.chunk))::uuid
    from (
        select n.lo, replication.object_size(n.lo) as size
        from (
            select distinct o.lo
            from unnest(objects) as o (lo)
        ) as n
        offset 0
    ) as s
        left join lateral generate_series(0, ((s.size - 1) / replication.chunk_bytes())::int)
            as c (chunk) on true
    group by s.lo, s.size;
end;
comment on function replication.object_digests(oid[]) is
    'the size of each of some large objects, and one sum over all of its content';
