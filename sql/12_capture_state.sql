-- How a check knows that nothing has changed since the last one.

-- All that replication.verify() reads, in one number that changes with any of it: where the rows of
-- the catalogs stand and who wrote them, temporary tables left out. What it reads of the sequences
-- themselves is not in it.
create or replace function replication.capture_state()
    returns numeric
    language sql
    stable
    set search_path = ''
begin atomic
    with temporary (oid) as materialized (
        select c.oid
        from pg_class as c
        where c.relpersistence = 't'
    )
    select coalesce((
            select sum(hash_record_extended((c.xmin, c.ctid), 1))
            from pg_class as c
            where c.oid >= 16384
                and c.relpersistence <> 't'
        ), 0)
        + coalesce((
            select sum(hash_record_extended((a.xmin, a.ctid), 2))
            from pg_attribute as a
            where a.attrelid >= 16384
                and a.attrelid not in (select t.oid from temporary as t)
        ), 0)
        + coalesce((
            select sum(hash_record_extended((i.xmin, i.ctid), 3))
            from pg_index as i
            where i.indexrelid >= 16384
                and i.indexrelid not in (select t.oid from temporary as t)
        ), 0)
        + coalesce((
            select sum(hash_record_extended((d.xmin, d.ctid), 4))
            from pg_attrdef as d
            where d.oid >= 16384
                and d.adrelid not in (select t.oid from temporary as t)
        ), 0)
        + coalesce((
            select sum(hash_record_extended((d.xmin, d.ctid), 5))
            from pg_depend as d
            where d.classid = 'pg_class'::regclass
                and d.objid >= 16384
                and d.objid not in (select t.oid from temporary as t)
        ), 0)
        + coalesce((
            select sum(hash_record_extended((s.xmin, s.ctid), 6))
            from pg_sequence as s
            where s.seqrelid not in (select t.oid from temporary as t)
        ), 0)
        + coalesce((
            select sum(hash_record_extended((g.xmin, g.ctid), 7))
            from pg_trigger as g
            where g.tgrelid not in (select t.oid from temporary as t)
        ), 0)
        + coalesce((
            select sum(hash_record_extended((h.xmin, h.ctid), 8))
            from pg_inherits as h
        ), 0)
        + coalesce((
            select sum(hash_record_extended((f.xmin, f.ctid), 9))
            from pg_proc as f
            where f.oid >= 16384
        ), 0)
        + coalesce((
            select sum(hash_record_extended((n.xmin, n.ctid), 10))
            from pg_namespace as n
            where n.nspname not like 'pg\_%temp\_%'
        ), 0)
        + coalesce((
            select sum(hash_record_extended((s.xmin, s.ctid), 11))
            from pg_subscription_rel as s
        ), 0)
        + coalesce((
            select sum(hash_record_extended((e.xmin, e.ctid), 16))
            from pg_event_trigger as e
        ), 0)
        + coalesce((
            select sum(hash_record_extended((r.xmin, r.ctid), 12))
            from replication.relation as r
        ), 0)
        + coalesce((
            select sum(hash_record_extended((r.xmin, r.ctid), 13))
            from replication.policy as r
        ), 0)
        + coalesce((
            select sum(hash_record_extended((r.xmin, r.ctid), 14))
            from replication.sequence as r
        ), 0)
        + coalesce((
            select sum(hash_record_extended((f.xmin, f.ctid), 17))
            from replication.filter as f
        ), 0)
        + (
            select hash_record_extended((r.number, r.modulus), 15)
            from replication.self as r
        );
end;
comment on function replication.capture_state() is
    'a number that changes when anything changes that the capture depends on';
