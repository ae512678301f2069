-- The contents of large objects: compared by MD5 sums of chunks, and written.

-- The bytes of a chunk: what is compared as a whole, and sent as a whole. A multiple of the server's
-- pages of large objects.
create or replace function replication.chunk_bytes()
    returns int
    language sql
    immutable
as 'select 262144';

-- A chunk of zeros: those of a new object need not be written.
create or replace function replication.is_hole(data bytea)
    returns boolean
    language sql
    immutable
as $$ select data = substr(decode(repeat('00', 262144), 'hex'), 1, length(data)) $$;

-- What tells an object from a later one of the same number: who made it. (Also another one where its
-- owner or the rights on it have changed since.)
create or replace function replication.object_mark(lo oid)
    returns bigint
    language sql
    stable
begin atomic
    select m.xmin::text::bigint
    from pg_largeobject_metadata as m
    where m.oid = lo;
end;

-- The size of a large object in bytes; null where there is none of this number.
create or replace function replication.object_size(lo oid)
    returns bigint
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    descriptor int;
    size bigint;
begin
    if not exists (select from pg_largeobject_metadata as m where m.oid = lo) then
        return null;
    end if;
    -- 0x40000: for reading.
    descriptor := lo_open(lo, 262144);
    size := lo_lseek64(descriptor, 0, 2);
    perform lo_close(descriptor);
    return size;
exception
    when insufficient_privilege then
        raise exception 'role % may not read large object %', current_user, lo
            using errcode = 'insufficient_privilege';
end
$$;
comment on function replication.object_size(oid) is
    'the size of a large object in bytes; null where there is none of this number';

-- The rights on an object but for its owner's, each with whom it is given to ('' is public).
create or replace function replication.object_rights(lo oid)
    returns jsonb
    language sql
    stable
begin atomic
    select jsonb_agg(jsonb_build_array(coalesce(r.rolname, ''), a.privilege_type, a.is_grantable)
        order by r.rolname, a.privilege_type)
    from pg_largeobject_metadata as m
        cross join aclexplode(m.lomacl) as a
        left join pg_roles as r on r.oid = a.grantee
    where m.oid = lo
        and a.grantee <> m.lomowner
        and (a.grantee = 0 or r.oid is not null);
end;

-- What a neighbour has to know of some objects: `mate`, which of its own stands for one of them, as
-- far as this node knows, with its mark, and when that was noted; `latest`: when anything was.
drop function if exists replication.object_facts(oid[], int);
create function replication.object_facts(objects oid[], neighbour int)
    returns table (lo oid, size bigint, mark bigint, owner name, rights jsonb, mate oid,
        mate_mark bigint, noted bigint, latest bigint)
    language sql
    stable
begin atomic
    select distinct on (o.lo) o.lo, replication.object_size(o.lo), m.mark, m.owner,
        case when m.stands_in then m.rights else replication.object_rights(o.lo) end,
        p.theirs::oid, p.their_mark, p.noted,
        (
            select max(l.noted)
            from replication.object_pair as l
            where l.neighbour = object_facts.neighbour
        )
    from unnest(objects) as o (lo)
        left join (
            select a.oid, coalesce(i.mark, a.xmin::text::bigint) as mark,
                coalesce(i.owner, pg_get_userbyid(a.lomowner)) as owner, i.rights,
                i.lo is not null as stands_in
            from pg_largeobject_metadata as a
                left join replication.stand_in_object as i on i.lo = a.oid::bigint
        ) as m on m.oid = o.lo
        left join replication.object_pair as p on p.mine = o.lo::bigint
            and p.neighbour = object_facts.neighbour
            and p.my_mark = coalesce(m.mark, p.my_mark)
    order by o.lo, p.noted desc, p.theirs;
end;

-- The MD5 sums of all chunks of some objects. One of no bytes has one chunk, and one that is not
-- there has none.
create or replace function replication.object_sums(objects oid[])
    returns table (lo oid, chunk int, sum uuid)
    language sql
    stable
begin atomic
    select s.lo, c.chunk,
        md5(lo_get(s.lo, c.chunk::bigint * replication.chunk_bytes(),
            replication.chunk_bytes()))::uuid
    from (
        select o.lo, replication.object_size(o.lo) as size
        from unnest(objects) as o (lo)
        offset 0
    ) as s
        cross join lateral generate_series(0, ((s.size - 1) / replication.chunk_bytes())::int)
            as c (chunk);
end;
comment on function replication.object_sums(oid[]) is 'the MD5 sums of all chunks of some large objects';

-- Chunks of some objects as they are sent: `target` is the number at the neighbour, and holes of
-- objects that are new there are left out.
create or replace function replication.object_pieces(
    objects oid[],
    targets oid[],
    are_new boolean[],
    first_chunks int[],
    last_chunks int[]
)
    returns table (target oid, at bigint, data bytea)
    language sql
    stable
begin atomic
    select p.target, p.at, p.data
    from (
        select r.target, r.is_new, c.chunk::bigint * replication.chunk_bytes() as at,
            lo_get(r.lo, c.chunk::bigint * replication.chunk_bytes(), replication.chunk_bytes())
                as data
        from unnest(objects, targets, are_new, first_chunks, last_chunks)
            as r (lo, target, is_new, first_chunk, last_chunk)
            cross join lateral generate_series(r.first_chunk, r.last_chunk) as c (chunk)
        offset 0
    ) as p
    where p.data <> ''
        and not (p.is_new and replication.is_hole(p.data));
end;

-- Takes pieces of objects by COPY, and writes them where they belong: no row ever stays.
create table if not exists replication.object_piece (
    lo oid not null,
    at bigint not null,
    data bytea not null
);
alter table replication.object_piece replica identity full;

create or replace function replication.write_piece()
    returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform lo_put(new.lo, new.at, new.data);
    return null;
end
$$;
create or replace trigger write_piece
    before insert on replication.object_piece
    for each row
    execute function replication.write_piece();
alter table replication.object_piece enable always trigger write_piece;

-- Gives an object its size: what is beyond it goes, what is missing are zeros.
create or replace function replication.set_object_size(lo oid, size bigint)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    -- 0x60000: for reading and writing.
    descriptor int := lo_open(lo, 393216);
begin
    if lo_lseek64(descriptor, 0, 2) <> size then
        perform lo_truncate64(descriptor, size);
    end if;
    perform lo_close(descriptor);
end
$$;

-- Copies the chunks of one object into another one, holes and some chunks left out.
create or replace function replication.copy_chunks(
    from_object oid,
    to_object oid,
    except_chunks int[] default '{}',
    up_to bigint default null
)
    returns void
    language sql
    volatile
begin atomic
    select lo_put(to_object, p.at, p.data)
    from (
        select c.chunk::bigint * replication.chunk_bytes() as at,
            lo_get(from_object, c.chunk::bigint * replication.chunk_bytes(),
                replication.chunk_bytes()) as data
        from generate_series(0,
            ((least(replication.object_size(from_object), up_to) - 1) / replication.chunk_bytes())::int
        ) as c (chunk)
        where c.chunk <> all (except_chunks)
        offset 0
    ) as p
    where p.data <> ''
        and not replication.is_hole(p.data);
end;

-- A new object with the content of another one; its number. Null where there is none.
create or replace function replication.copy_object(lo oid)
    returns oid
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    size bigint := replication.object_size(lo);
    made oid;
begin
    if size is null then
        return null;
    end if;
    made := lo_create(0);
    perform replication.copy_chunks(lo, made);
    perform replication.set_object_size(made, size);
    return made;
end
$$;
comment on function replication.copy_object(oid) is
    'a new large object with the content of another one; returns its number';
