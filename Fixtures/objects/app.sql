-- An application with documents in large objects, as its users' actions: what it removes, it unlinks.
create table doc (
    id text primary key,
    title text,
    lo oid,
    scan bigint
);

create function is_used(n bigint) returns boolean language sql as $$
    select exists (select from doc where lo::bigint = n or scan = n)
$$;

create function is_there(n bigint) returns boolean language sql as $$
    select exists (select from pg_largeobject_metadata where oid::bigint = n)
$$;

-- Unlinks an object that no row names any more.
create function put_down(n bigint) returns void language plpgsql as $$
begin
    if is_there(n) and not is_used(n) then
        perform lo_unlink(n::oid);
    end if;
end
$$;

-- Each write leaves a token of its own in one of three chunks.
create function write_token(n bigint, token int, slot int) returns void language sql as $$
    select lo_put(n::oid, slot * 262144 + 10, convert_to(rpad('T' || token || ';', 12), 'latin1'))
$$;

create function resize(n bigint, size int) returns void language plpgsql as $$
declare
    descriptor int := lo_open(n::oid, 393216);
begin
    perform lo_truncate(descriptor, size);
    perform lo_close(descriptor);
end
$$;

-- Says of the rows that name an object that it has changed.
create function touch(n bigint) returns void language sql as $$
    update doc set title = title where lo = n::oid or scan = n
$$;

-- The tokens in some objects.
create function tokens_in(objects bigint[]) returns setof int language sql as $$
    select distinct substring(t.token from '^T([0-9]+);')::int
    from unnest(objects) as o (n)
        cross join generate_series(0, 2) as s (slot)
        cross join lateral (
            select case
                when is_there(o.n) then
                    encode(lo_get(o.n::oid, s.slot * 262144 + 10, 12), 'escape')
            end
        ) as t (token)
    where t.token ~ '^T[0-9]+;'
$$;

create function tokens() returns setof int language sql as $$
    select tokens_in(array(
        select distinct n
        from doc
            cross join lateral (values (lo::bigint), (scan)) as v (n)
        where n is not null))
$$;

-- What one user does; what cannot be done as things are does nothing.
create function act(what text, one text, other text, token int, slot int, size int)
    returns void
    language plpgsql
as $$
declare
    d doc;
    former bigint;
    made bigint;
begin
    select * into d from doc where id = one;
    if what in ('insert', 'insert scan') then
        made := lo_create(0);
        perform resize(made, size);
        perform write_token(made, token, slot);
        if d.id is null then
            insert into doc (id, title) values (one, 'new ' || token);
        end if;
        if what = 'insert' then
            update doc set lo = made where id = one;
            perform put_down(d.lo::bigint);
        else
            update doc set scan = made where id = one;
            perform put_down(d.scan);
        end if;
    elsif d.id is null then
        return;
    elsif what = 'write' and is_there(d.lo::bigint) then
        perform write_token(d.lo::bigint, token, slot);
        perform touch(d.lo::bigint);
    elsif what = 'write scan' and is_there(d.scan) then
        perform write_token(d.scan, token, slot);
        perform touch(d.scan);
    elsif what = 'resize' and is_there(d.lo::bigint) then
        perform resize(d.lo::bigint, size);
        perform touch(d.lo::bigint);
    elsif what = 'title' then
        update doc set title = 'title ' || token where id = one;
    elsif what = 'nothing' then
        update doc set id = id where id = one;
    elsif what = 'null' then
        update doc set lo = null where id = one;
        perform put_down(d.lo::bigint);
    elsif what = 'copy' and is_there(d.lo::bigint) then
        made := lo_from_bytea(0, lo_get(d.lo));
        update doc set lo = made where id = one;
        perform put_down(d.lo::bigint);
    elsif what = 'share' and d.lo is not null then
        select lo::bigint into former from doc where id = other;
        if found then
            update doc set lo = d.lo where id = other;
            perform put_down(former);
        else
            insert into doc (id, title, lo) values (other, 'shares', d.lo);
        end if;
    elsif what = 'share scan' and d.lo is not null then
        update doc set scan = d.lo::bigint where id = one;
        perform put_down(d.scan);
    elsif what = 'unlink' and is_there(d.lo::bigint)
        and (select count(*) from doc where lo = d.lo or scan = d.lo::bigint) = 1
    then
        perform lo_unlink(d.lo);
        update doc set title = 'unlinked' where id = one;
    elsif what = 'delete' then
        delete from doc where id = one;
        perform put_down(d.lo::bigint);
        perform put_down(d.scan);
    elsif what = 'rename' and not exists (select from doc where id = other) then
        update doc set id = other where id = one;
    elsif what = 'truncate' then
        for former in
            with gone as (delete from doc returning lo, scan)
            select distinct n
            from gone
                cross join lateral (values (lo::bigint), (scan)) as v (n)
            where n is not null
        loop
            perform put_down(former);
        end loop;
    end if;
end
$$;
