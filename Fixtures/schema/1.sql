--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: replication; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA replication;


--
-- Name: SCHEMA replication; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA replication IS 'trompe: asynchronous multi-master replication; see the functions in it for what they do';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: edge; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.edge (
    low integer NOT NULL,
    high integer NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT edge_check CHECK ((low < high))
);


--
-- Name: member; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.member (
    number integer NOT NULL,
    name text NOT NULL,
    identity uuid NOT NULL
);


--
-- Name: neighbour; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.neighbour (
    number integer NOT NULL,
    name text NOT NULL,
    identity uuid NOT NULL,
    service text,
    received pg_snapshot,
    received_token uuid,
    way_back pg_snapshot,
    acknowledged pg_snapshot,
    linked_at timestamp with time zone DEFAULT now() NOT NULL,
    last_sync timestamp with time zone
);


--
-- Name: self; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.self (
    only_row boolean DEFAULT true NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    identity uuid DEFAULT gen_random_uuid() NOT NULL,
    modulus integer NOT NULL,
    clock_offset interval DEFAULT '00:00:00'::interval NOT NULL,
    database oid NOT NULL,
    keep interval DEFAULT '1 day'::interval NOT NULL,
    installed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT self_check CHECK (((number >= 1) AND (number <= modulus))),
    CONSTRAINT self_modulus_check CHECK (((modulus >= 2) AND (modulus <= 32767))),
    CONSTRAINT self_only_row_check CHECK (only_row)
);


--
-- Name: add_neighbour(integer, text, uuid, text, uuid, timestamp with time zone); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.add_neighbour(neighbour_number integer, neighbour_name text, neighbour_identity uuid, neighbour_service text, edge_id uuid, edge_made_at timestamp with time zone) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    BEGIN ATOMIC
 INSERT INTO replication.neighbour AS n (number, name, identity, service, linked_at)
   VALUES (add_neighbour.neighbour_number, add_neighbour.neighbour_name, add_neighbour.neighbour_identity, add_neighbour.neighbour_service, add_neighbour.edge_made_at) ON CONFLICT(number) DO UPDATE SET name = excluded.name, service = COALESCE(excluded.service, n.service);
 INSERT INTO replication.member AS m (number, name, identity)
   VALUES (add_neighbour.neighbour_number, add_neighbour.neighbour_name, add_neighbour.neighbour_identity) ON CONFLICT(number) DO NOTHING;
 INSERT INTO replication.edge (low, high, id, made_at)  SELECT LEAST(s.number, add_neighbour.neighbour_number) AS "least",
             GREATEST(s.number, add_neighbour.neighbour_number) AS "greatest",
             add_neighbour.edge_id AS edge_id,
             add_neighbour.edge_made_at AS edge_made_at
            FROM replication.self s ON CONFLICT(low, high) DO UPDATE SET id = excluded.id, made_at = excluded.made_at
   WHERE (edge.id <> excluded.id);
END;


--
-- Name: FUNCTION add_neighbour(neighbour_number integer, neighbour_name text, neighbour_identity uuid, neighbour_service text, edge_id uuid, edge_made_at timestamp with time zone); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.add_neighbour(neighbour_number integer, neighbour_name text, neighbour_identity uuid, neighbour_service text, edge_id uuid, edge_made_at timestamp with time zone) IS 'joins this node to another by an edge';


--
-- Name: attach(regclass); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.attach(this_table regclass) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    relation_id int;
    is_new boolean;
    key_now text[] := array(
        select k.name::text
        from replication.key_columns(this_table) as k
        order by k.number
    );
    reason text := (select c.reason from replication.candidate as c where c.relid = this_table);
begin
    if reason is not null or key_now = '{}' then
        raise exception 'table % cannot be replicated: %', this_table,
            coalesce(reason, 'it is no table of its own')
            using errcode = 'wrong_object_type';
    end if;
    execute format('lock table %s in share row exclusive mode', this_table);

    select id into relation_id
    from replication.relation
    where relid = this_table;
    is_new := relation_id is null;
    if is_new then
        insert into replication.relation (relid, kind, key, digest)
        values (this_table, replication.kind_of(this_table), key_now, '')
        returning id into relation_id;
        execute format(
            'create table replication.log_%s (xid bigint not null, changed_at timestamptz not null,'
            ' origin int not null, via int, action "char" not null, %s)',
            relation_id,
            (
                select string_agg(format('k%s %s %s not null', k.number, k.type,
                    'collate ' || k.collation_name), ', ' order by k.number)
                from replication.key_columns(this_table) as k
            )
        );
        -- FULL, so that a publication FOR ALL TABLES does not break on it.
        execute format('alter table replication.log_%s replica identity full', relation_id);
        execute format('create index on replication.log_%s using brin (xid)'
            ' with (pages_per_range = 32, autosummarize = on)', relation_id);
    elsif key_now <> (select key from replication.relation where id = relation_id) then
        raise exception 'the key of table % is no longer what it was when it was attached',
            this_table
            using hint = 'Detach it everywhere with replication.detach(), and attach it again.';
    else
        update replication.relation
        set kind = replication.kind_of(this_table)
        where id = relation_id;
    end if;

    perform replication.make_capture_functions(relation_id);
    perform replication.make_triggers(relation_id);
    perform replication.number_sequences(this_table);
    if is_new and exists (select from replication.neighbour) then
        perform replication.log_all(relation_id);
    end if;
    return relation_id;
end
$$;


--
-- Name: FUNCTION attach(this_table regclass); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.attach(this_table regclass) IS 'takes a table into replication, or puts its capture right; returns its number';


--
-- Name: base_type(oid, integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.base_type(type_oid oid, modifier integer) RETURNS TABLE(oid oid, type text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH RECURSIVE base(oid, modifier, depth) AS (
          SELECT base_type.type_oid AS type_oid,
             base_type.modifier AS modifier,
             0 AS "?column?"
         UNION ALL
          SELECT t.typbasetype,
             t.typtypmod,
             (b_1.depth + 1)
            FROM (base b_1
              JOIN pg_type t ON ((t.oid = b_1.oid)))
           WHERE (t.typtype = 'd'::"char")
         )
  SELECT b.oid,
     format_type(b.oid, b.modifier) AS format_type
    FROM base b
   ORDER BY b.depth DESC
  LIMIT 1;
END;


--
-- Name: FUNCTION base_type(type_oid oid, modifier integer); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.base_type(type_oid oid, modifier integer) IS 'the type that a domain is over in the end';


--
-- Name: capture_bodies(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.capture_bodies(relation_id integer) RETURNS TABLE(operation text, body text)
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
    r replication.relation;
    same_key text;
    delete_one text;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;

    if r.kind = 'i' then
        delete_one := replication.log_statement(r.id, r.key, 'D', 'from (select old.*) as r');
        return query values
            ('insert', replication.log_statement(r.id, r.key, 'I', 'from (select new.*) as r')),
            ('update', replication.log_statement(r.id, r.key, 'U', 'from (select new.*) as r')),
            ('delete', delete_one),
            ('key', delete_one);
    else
        select string_agg(format('n.%1$I %2$s r.%1$I', k.name, k.equals), ' and ')
        into same_key
        from replication.key_columns(r.relid) as k;
        return query values
            ('insert', replication.log_statement(r.id, r.key, 'I', 'from new_rows as r')),
            ('update', replication.log_statement(r.id, r.key, 'U', 'from new_rows as r')
                || case
                    when r.kind = 'p' then
                        -- An UPDATE that moves a row to another partition fires no row trigger.
                        E'\n    ' || replication.log_statement(r.id, r.key, 'D', format(
                            'from old_rows as r where not exists'
                            ' (select from new_rows as n where %s)', same_key))
                    else ''
                end),
            ('delete', replication.log_statement(r.id, r.key, 'D', 'from old_rows as r'));
        if r.kind = 'r' then
            return query values
                ('key', replication.log_statement(r.id, r.key, 'D', 'from (select old.*) as r'));
        end if;
    end if;

    return query values ('truncate', format(
        'insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), %s,
        ''truncate'', %s);', (select number from replication.self), r.id));

    if r.kind = 'p' then
        -- A partition that is emptied alone: its keys, one by one. A snapshot older than the lock
        -- would not show them all.
        return query values ('part', format(
            'if pg_catalog.current_setting(''transaction_isolation'')
            operator(pg_catalog.<>) ''read committed'' then
        raise exception ''a partition can be truncated in READ COMMITTED transactions only''
            using hint = ''Truncate the partitioned table, or begin the transaction with ISOLATION''
                '' LEVEL READ COMMITTED: the keys of all rows must be visible to the replication.'';
    end if;
    execute pg_catalog.format(%L, tg_relid::pg_catalog.regclass);',
            replication.log_statement(r.id, r.key, 'D', 'from only %s as r')));
    end if;
end
$_$;


--
-- Name: capture_functions(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.capture_functions(relation_id integer) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    RETURN ARRAY(SELECT ((o.operation || '_'::text) || capture_functions.relation_id) FROM unnest(ARRAY['insert'::text, 'update'::text, 'delete'::text, 'key'::text, 'truncate'::text, 'part'::text]) o(operation));


--
-- Name: delete_1(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_1() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_1 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.number
    from old_rows as r;
    return null;
end
$$;


--
-- Name: delete_2(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_2() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_2 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.low, r.high
    from old_rows as r;
    return null;
end
$$;


--
-- Name: delete_3(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_3() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_3 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.tablename
    from old_rows as r;
    return null;
end
$$;


--
-- Name: delete_4(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_4() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_4 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from old_rows as r;
    return null;
end
$$;


--
-- Name: delete_5(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_5() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_5 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: delete_6(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_6() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_6 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from old_rows as r;
    return null;
end
$$;


--
-- Name: delete_7(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_7() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_7 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: delete_8(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.delete_8() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_8 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id, r.part
    from old_rows as r;
    return null;
end
$$;


--
-- Name: detach(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.detach(relation_id integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    r replication.relation;
    t record;
    f record;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;

    for t in
        select tg.tgname, tg.tgrelid::regclass as relid
        from pg_trigger as tg
            join pg_proc as p on p.oid = tg.tgfoid
        where p.pronamespace = 'replication'::regnamespace
            and p.proname = any (replication.capture_functions(r.id))
    loop
        execute format('drop trigger %I on %s', t.tgname, t.relid);
    end loop;
    for f in
        select p.oid::regprocedure as signature
        from pg_proc as p
        where p.pronamespace = 'replication'::regnamespace
            and p.proname = any (replication.capture_functions(r.id))
    loop
        execute format('drop function %s', f.signature);
    end loop;
    perform replication.restore_sequences(r.relid);
    execute format('drop table if exists replication.log_%s', r.id);
    delete from replication.relation
    where id = r.id;
end
$$;


--
-- Name: FUNCTION detach(relation_id integer); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.detach(relation_id integer) IS 'takes a table out of replication, leaving no trace';


--
-- Name: digest_of(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.digest_of(relation_id integer) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO ''
    BEGIN ATOMIC
 SELECT md5(string_agg((((p.proname)::text || p.prosrc) || p.prosecdef), ''::text ORDER BY (p.proname COLLATE "C"))) AS md5
    FROM pg_proc p
   WHERE ((p.pronamespace = ('replication'::regnamespace)::oid) AND (p.prorettype = ('trigger'::regtype)::oid) AND (p.proname = ANY (replication.capture_functions(digest_of.relation_id))));
END;


--
-- Name: forget_unreachable(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.forget_unreachable() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    reachable int[];
begin
    with recursive reached (number) as (
        select number
        from replication.self
        union
        select case when e.low = r.number then e.high else e.low end
        from reached as r
            join replication.edge as e on r.number in (e.low, e.high)
    )
    select array_agg(number) into reachable
    from reached;
    delete from replication.member
    where number <> all (reachable);
    delete from replication.edge
    where low <> all (reachable);
end
$$;


--
-- Name: FUNCTION forget_unreachable(); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.forget_unreachable() IS 'forgets the nodes that no edge joins to this one any more';


--
-- Name: insert_1(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_1() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_1 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.number
    from new_rows as r;
    return null;
end
$$;


--
-- Name: insert_2(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_2() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_2 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.low, r.high
    from new_rows as r;
    return null;
end
$$;


--
-- Name: insert_3(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_3() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_3 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.tablename
    from new_rows as r;
    return null;
end
$$;


--
-- Name: insert_4(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_4() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_4 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.id
    from new_rows as r;
    return null;
end
$$;


--
-- Name: insert_5(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_5() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_5 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.id
    from (select new.*) as r;
    return null;
end
$$;


--
-- Name: insert_6(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_6() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_6 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.id
    from new_rows as r;
    return null;
end
$$;


--
-- Name: insert_7(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_7() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_7 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.id
    from (select new.*) as r;
    return null;
end
$$;


--
-- Name: insert_8(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.insert_8() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_8 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'I', r.id, r.part
    from new_rows as r;
    return null;
end
$$;


--
-- Name: is_for(integer, integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.is_for(via integer, neighbour integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN ((via IS NULL) OR ((via > 0) AND (via <> neighbour)) OR (via = (- neighbour)));


--
-- Name: FUNCTION is_for(via integer, neighbour integer); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.is_for(via integer, neighbour integer) IS 'whether a log entry with this via must be sent to the neighbour';


--
-- Name: offer; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.offer (
    neighbour integer NOT NULL,
    seen uuid,
    offered uuid NOT NULL,
    xid bigint NOT NULL
);


--
-- Name: is_original(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.is_original() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO ''
    BEGIN ATOMIC
 SELECT (( SELECT (s.database = d.oid)
            FROM replication.self s,
             pg_database d
           WHERE (d.datname = current_database())) AND (NOT (EXISTS ( SELECT
            FROM replication.offer o
           WHERE (((o.xmin)::text)::bigint <> (o.xid % '4294967296'::bigint))))));
END;


--
-- Name: FUNCTION is_original(); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.is_original() IS 'false where this database is a copy of another, or was restored from a dump';


--
-- Name: next_share(numeric, bigint, integer, integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.next_share(lowest numeric, step bigint, node integer, modulus integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (next_share.step > 0) THEN (next_share.lowest + mod((mod((f.first - next_share.lowest), f.period) + f.period), f.period))
             ELSE (next_share.lowest - mod((mod((next_share.lowest - f.first), f.period) + f.period), f.period))
         END AS "case"
    FROM ( SELECT ((((next_share.node - 1))::numeric * (abs(next_share.step))::numeric) + (1)::numeric) AS first,
             ((abs(next_share.step))::numeric * (next_share.modulus)::numeric) AS period) f;
END;


--
-- Name: FUNCTION next_share(lowest numeric, step bigint, node integer, modulus integer); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.next_share(lowest numeric, step bigint, node integer, modulus integer) IS 'the next number of a sequence that belongs to the given node';


--
-- Name: is_share(bigint, bigint, integer, integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.is_share(value bigint, step bigint, node integer, modulus integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    RETURN (replication.next_share((value)::numeric, step, node, modulus) = (value)::numeric);


--
-- Name: key_1(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_1() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_1 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.number
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: key_2(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_2() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_2 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.low, r.high
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: key_3(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_3() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_3 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.tablename
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: key_4(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_4() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_4 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: key_5(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_5() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_5 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: key_6(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_6() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_6 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: key_7(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_7() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_7 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id
    from (select old.*) as r;
    return null;
end
$$;


--
-- Name: key_index(oid); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_index(relid oid) RETURNS oid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT i.indexrelid
    FROM pg_index i
   WHERE ((i.indrelid = key_index.relid) AND i.indisunique AND i.indisvalid AND (i.indpred IS NULL) AND (i.indexprs IS NULL) AND (i.indisprimary OR i.indimmediate) AND (NOT (EXISTS ( SELECT
            FROM pg_attribute a
           WHERE ((a.attrelid = i.indrelid) AND (a.attnum = ANY (((i.indkey)::smallint[])[0:(i.indnkeyatts - 1)])) AND (NOT a.attnotnull))))))
   ORDER BY i.indisprimary DESC, i.indisreplident DESC, i.indnkeyatts, i.indexrelid
  LIMIT 1;
END;


--
-- Name: FUNCTION key_index(relid oid); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.key_index(relid oid) IS 'the index that names the rows of a table for replication; null where there is none';


--
-- Name: key_columns(oid); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.key_columns(relid oid) RETURNS TABLE(number integer, name name, type text, collation_name text, equals text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT (k.ordinality)::integer AS ordinality,
     a.attname,
     format_type(a.atttypid, a.atttypmod) AS format_type,
         CASE
             WHEN (a.attcollation <> (0)::oid) THEN format('%I.%I'::text, cn.nspname, c.collname)
             ELSE NULL::text
         END AS "case",
     format('operator(%I.%s)'::text, opn.nspname, op.oprname) AS format
    FROM ((((((((pg_index i
      CROSS JOIN LATERAL UNNEST((i.indkey)::smallint[], (i.indclass)::oid[]) WITH ORDINALITY k(attnum, opclass, ordinality))
      JOIN pg_attribute a ON (((a.attrelid = i.indrelid) AND (a.attnum = k.attnum))))
      JOIN pg_opclass oc ON ((oc.oid = k.opclass)))
      JOIN pg_amop am ON (((am.amopfamily = oc.opcfamily) AND (am.amoplefttype = oc.opcintype) AND (am.amoprighttype = oc.opcintype) AND (am.amopstrategy = 3))))
      JOIN pg_operator op ON ((op.oid = am.amopopr)))
      JOIN pg_namespace opn ON ((opn.oid = op.oprnamespace)))
      LEFT JOIN pg_collation c ON ((c.oid = a.attcollation)))
      LEFT JOIN pg_namespace cn ON ((cn.oid = c.collnamespace)))
   WHERE ((i.indexrelid = replication.key_index(key_columns.relid)) AND (k.ordinality <= i.indnkeyatts))
   ORDER BY k.ordinality;
END;


--
-- Name: FUNCTION key_columns(relid oid); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.key_columns(relid oid) IS 'the columns that name a row of the table, with their types and the operator that compares them';


--
-- Name: kind_of(oid); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.kind_of(relid oid) RETURNS "char"
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT (
         CASE
             WHEN (c.relkind = 'p'::"char") THEN 'p'::text
             WHEN (EXISTS ( SELECT
                FROM (pg_inherits h
                  JOIN pg_class p ON ((p.oid = h.inhparent)))
               WHERE (((h.inhrelid = c.oid) OR (h.inhparent = c.oid)) AND (p.relkind = 'r'::"char")))) THEN 'i'::text
             ELSE 'r'::text
         END)::"char" AS "char"
    FROM pg_class c
   WHERE (c.oid = kind_of.relid);
END;


--
-- Name: log_all(integer, regclass); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.log_all(relation_id integer, part regclass DEFAULT NULL::regclass) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    r replication.relation;
    logged bigint;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    execute replication.log_statement(r.id, r.key, 'I', format(
        'from %s %s as r', case r.kind when 'i' then 'only' else '' end, coalesce(part, r.relid)),
        '''-infinity''::timestamptz');
    get diagnostics logged = row_count;
    return logged;
end
$$;


--
-- Name: FUNCTION log_all(relation_id integer, part regclass); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.log_all(relation_id integer, part regclass) IS 'logs every row of a replicated table, as older than any captured change; returns how many';


--
-- Name: log_entries(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.log_entries() RETURNS TABLE(xid bigint, changed_at timestamp with time zone, origin integer, via integer, action "char", tablename text, key json)
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
    r replication.relation;
begin
    for r in
        select *
        from replication.relation
        order by id
    loop
        return query execute format(
            'select l.xid, l.changed_at, l.origin, l.via, l.action, %L, json_build_object(%s)'
            ' from replication.log_%s as l',
            r.relid::regclass,
            (
                select string_agg(format('%L, l.k%s', k.name, k.number), ', ' order by k.number)
                from unnest(r.key) with ordinality as k (name, number)
            ),
            r.id
        );
    end loop;
    return query
        select e.xid, e.changed_at, e.origin, e.via, 'T'::"char", r2.relid::text, null::json
        from replication.event as e
            join replication.relation as r2 on r2.id = e.relation;
end
$$;


--
-- Name: log_statement(integer, text[], "char", text, text); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.log_statement(relation_id integer, key text[], action "char", source text, changed_at text DEFAULT '(select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s)'::text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO ''
    BEGIN ATOMIC
 SELECT format('insert into replication.log_%s (xid, changed_at, origin, action, %s)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        %s, %s, %L, %s
    %s;'::text, log_statement.relation_id, string_agg(('k'::text || k.number), ', '::text ORDER BY k.number), log_statement.changed_at, ( SELECT s.number
            FROM replication.self s), log_statement.action, string_agg(('r.'::text || quote_ident(k.name)), ', '::text ORDER BY k.number), log_statement.source) AS format
    FROM unnest(log_statement.key) WITH ORDINALITY k(name, number);
END;


--
-- Name: make_capture_functions(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.make_capture_functions(relation_id integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    f record;
begin
    for f in select * from replication.capture_bodies(relation_id)
    loop
        execute format(
            'create or replace function replication.%I() returns trigger'
            ' language plpgsql security definer as %L',
            f.operation || '_' || relation_id,
            E'\nbegin\n    ' || f.body || E'\n    return null;\nend\n'
        );
    end loop;
    update replication.relation
    set digest = replication.digest_of(relation_id)
    where id = relation_id;
end
$$;


--
-- Name: make_offer(integer, uuid); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.make_offer(to_neighbour integer, token_seen uuid) RETURNS uuid
    LANGUAGE sql
    SET search_path TO ''
    BEGIN ATOMIC
 INSERT INTO replication.offer AS o (neighbour, seen, offered, xid)
   VALUES (make_offer.to_neighbour, make_offer.token_seen, gen_random_uuid(), ((pg_current_xact_id())::text)::bigint) ON CONFLICT(neighbour) DO UPDATE SET seen = excluded.seen, offered = excluded.offered, xid = excluded.xid
   RETURNING o.offered;
END;


--
-- Name: FUNCTION make_offer(to_neighbour integer, token_seen uuid); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.make_offer(to_neighbour integer, token_seen uuid) IS 'writes a fresh token for a direction to the neighbour, and returns it';


--
-- Name: make_triggers(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.make_triggers(relation_id integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    w record;
begin
    for w in
        select *
        from replication.wrong_trigger
        where relation = relation_id
    loop
        if w.what <> 'missing' then
            execute format('drop trigger %I on %s', w.name, w.relid);
        end if;
        execute format('create trigger %I %s execute function replication.%I()',
            w.name, w.clause, w.function);
    end loop;
end
$$;


--
-- Name: mend(regclass); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.mend(this_table regclass) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    t record;
    relation_id int;
begin
    for t in
        select w.relid, w.name
        from replication.wanted_trigger as w
            join replication.relation as r on r.id = w.relation
        where r.relid = this_table
    loop
        execute format('drop trigger if exists %I on %s', t.name, t.relid);
    end loop;
    relation_id := replication.attach(this_table);
    if exists (select from replication.neighbour) then
        perform replication.log_all(relation_id);
    end if;
end
$$;


--
-- Name: FUNCTION mend(this_table regclass); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.mend(this_table regclass) IS 'restores the capture of a table, and logs all its rows';


--
-- Name: now(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.now() RETURNS timestamp with time zone
    LANGUAGE sql
    SET search_path TO ''
    BEGIN ATOMIC
 SELECT (clock_timestamp() + self.clock_offset)
    FROM replication.self;
END;


--
-- Name: FUNCTION now(); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.now() IS 'the time that a change made now is given';


--
-- Name: number_sequences(regclass); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.number_sequences(this_table regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
    s record;
    used numeric;
    way numeric;
    next_value numeric;
    start_value numeric;
begin
    for s in
        select *
        from replication.sequence_state as q
        where q.table_relid = this_table
    loop
        used := null;
        if s.column_name is not null then
            execute format('select %s(%I) from %s',
                case when s.unit > 0 then 'max' else 'min' end, s.column_name, s.table_relid)
            into used;
        end if;
        -- Numeric: of a bigint, sign() makes a float, which has too few digits.
        way := sign(s.unit::numeric);
        continue when (used is null
                or s.cycles
                or way * (s.last_value - used) >= case when s.is_drawn then 0 else 1 end)
            and not exists (
                select
                from replication.wrong_sequence as w
                where w.table_relid = this_table
                    and w.relid = s.relid
            );
        start_value := replication.next_share(s.former_start, s.unit, s.node, s.modulus);
        next_value := replication.next_share(
            way * greatest(
                way * s.former_start,
                way * s.last_value + case when s.is_drawn then abs(s.unit) else 0 end,
                way * used + 1),
            s.unit, s.node, s.modulus);
        if s.cycles and next_value not between s.wanted_min and s.wanted_max then
            next_value := case when s.unit > 0 then s.wanted_min else s.wanted_max end;
        end if;
        if next_value not between s.seqmin and s.seqmax then
            raise exception 'sequence % has no number left for node %', s.relid, s.node
                using hint = format('It ends at %s and the next number of this node would be %s.'
                    ' Give the column and the sequence a wider type.', s.seqmax, next_value);
        end if;
        insert into replication.sequence (relid, table_relid, increment, start, minimum, maximum)
        values (s.relid, s.table_relid, s.increment, s.start,
            case when s.wanted_min <> s.seqmin then s.seqmin end,
            case when s.wanted_max <> s.seqmax then s.seqmax end)
        on conflict (relid) do nothing;
        execute format('alter sequence %s increment by %s minvalue %s maxvalue %s start with %s'
            ' restart with %s',
            s.relid, s.wanted_increment, s.wanted_min, s.wanted_max, start_value, next_value);
    end loop;
end
$$;


--
-- Name: FUNCTION number_sequences(this_table regclass); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.number_sequences(this_table regclass) IS 'lets the sequences of a table draw only numbers that belong to this node';


--
-- Name: part_8(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.part_8() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    if pg_catalog.current_setting('transaction_isolation')
            operator(pg_catalog.<>) 'read committed' then
        raise exception 'a partition can be truncated in READ COMMITTED transactions only'
            using hint = 'Truncate the partitioned table, or begin the transaction with ISOLATION'
                ' LEVEL READ COMMITTED: the keys of all rows must be visible to the replication.';
    end if;
    execute pg_catalog.format('insert into replication.log_8 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, ''D'', r.id, r.part
    from only %s as r;', tg_relid::pg_catalog.regclass);
    return null;
end
$$;


--
-- Name: parts_of(oid); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.parts_of(root oid) RETURNS TABLE(relid regclass)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH RECURSIVE part(relid) AS (
          SELECT parts_of.root AS root
         UNION ALL
          SELECT h.inhrelid
            FROM ((part p_1
              JOIN pg_inherits h ON ((h.inhparent = p_1.relid)))
              JOIN pg_class c ON ((c.oid = h.inhrelid)))
           WHERE c.relispartition
         )
  SELECT (p.relid)::regclass AS relid
    FROM part p;
END;


--
-- Name: pending(pg_snapshot, integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.pending(watermark pg_snapshot, neighbour integer) RETURNS TABLE(relation integer, sendable boolean)
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
    lowest bigint := coalesce(pg_snapshot_xmin(watermark)::text::bigint, 0);
    next bigint := coalesce(pg_snapshot_xmax(watermark)::text::bigint, 0);
    running bigint[] := array(select x::text::bigint from pg_snapshot_xip(watermark) as x);
    r int;
    any_entry boolean;
    any_foreign boolean;
begin
    for r in
        select id
        from replication.relation
        order by id
    loop
        execute format(
            'select
                exists (select from replication.log_%1$s
                    where xid >= $1 and (xid >= $2 or xid = any ($3))),
                exists (select from replication.log_%1$s
                    where xid >= $1 and (xid >= $2 or xid = any ($3))
                        and replication.is_for(via, $4))', r)
        into any_entry, any_foreign
        using lowest, next, running, neighbour;
        if any_entry then
            return query select r, any_foreign;
        end if;
    end loop;
end
$_$;


--
-- Name: FUNCTION pending(watermark pg_snapshot, neighbour integer); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.pending(watermark pg_snapshot, neighbour integer) IS 'the tables whose logs hold entries that the watermark does not show';


--
-- Name: pending_rows(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.pending_rows(to_neighbour integer) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $_$
declare
    n replication.neighbour;
    r replication.relation;
    total bigint := 0;
    part bigint;
    seen pg_snapshot;
begin
    select * into strict n
    from replication.neighbour
    where number = to_neighbour;
    seen := coalesce(n.acknowledged, n.way_back);
    for r in
        select *
        from replication.relation
        where relid::oid not in (
            select oid from pg_class where relnamespace = 'replication'::regnamespace)
    loop
        execute case
            when seen is null and n.received is null then
                format('select count(*) from %s %s', case r.kind when 'i' then 'only' else '' end,
                    r.relid)
            else format(
                'select count(*) from (
                    select distinct %s
                    from replication.log_%s
                    where xid >= $1 and (xid >= $2 or xid = any ($3))
                        and replication.is_for(via, $4)) as l',
                (select string_agg('k' || k, ', ') from generate_subscripts(r.key, 1) as k), r.id)
        end
        into part
        using coalesce(pg_snapshot_xmin(seen)::text::bigint, 0),
            coalesce(pg_snapshot_xmax(seen)::text::bigint, 0),
            array(select x::text::bigint from pg_snapshot_xip(seen) as x),
            to_neighbour;
        total := total + part;
    end loop;
    return total;
end
$_$;


--
-- Name: FUNCTION pending_rows(to_neighbour integer); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.pending_rows(to_neighbour integer) IS 'how many rows wait to be sent to a neighbour, as far as this node knows';


--
-- Name: place_of(regclass); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.place_of(sequence regclass, OUT last_value bigint, OUT is_drawn boolean) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
    if (select c.relkind from pg_class as c where c.oid = sequence) = 'S' then
        execute format('select last_value, is_called from %s', sequence)
        into last_value, is_drawn;
    end if;
end
$$;


--
-- Name: FUNCTION place_of(sequence regclass, OUT last_value bigint, OUT is_drawn boolean); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.place_of(sequence regclass, OUT last_value bigint, OUT is_drawn boolean) IS 'the number that a sequence drew last, or will draw first';


--
-- Name: purge(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.purge() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $_$
declare
    done_below bigint;
    not_done bigint[];
    oldest timestamptz;
    r int;
    part bigint;
    total bigint := 0;
begin
    select min(coalesce(pg_snapshot_xmax(acknowledged)::text::bigint, 0)) into done_below
    from replication.neighbour;
    not_done := array(
        select x::text::bigint
        from replication.neighbour as n
            cross join pg_snapshot_xip(n.acknowledged) as x
    );
    if done_below is null then
        return 0;
    end if;
    select replication.now() - keep into oldest
    from replication.self;
    for r in
        select id
        from replication.relation
    loop
        execute format('delete from replication.log_%s where xid < $1 and xid <> all ($2)'
            ' and changed_at < $3', r)
        using done_below, not_done, oldest;
        get diagnostics part = row_count;
        total := total + part;
    end loop;
    delete from replication.event
    where xid < done_below
        and xid <> all (not_done)
        and changed_at < oldest;
    return total;
end
$_$;


--
-- Name: FUNCTION purge(); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.purge() IS 'removes log entries that all neighbours have and that are older than self.keep';


--
-- Name: raise_clock(timestamp with time zone); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.raise_clock(seen timestamp with time zone) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    BEGIN ATOMIC
 UPDATE replication.self SET clock_offset = ((raise_clock.seen - clock_timestamp()) + '00:00:00.001'::interval)
   WHERE (isfinite(raise_clock.seen) AND ((clock_timestamp() + self.clock_offset) <= raise_clock.seen));
END;


--
-- Name: FUNCTION raise_clock(seen timestamp with time zone); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.raise_clock(seen timestamp with time zone) IS 'makes every later change of this node later than the given time';


--
-- Name: remove_neighbour(integer); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.remove_neighbour(neighbour_number integer) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    BEGIN ATOMIC
 DELETE FROM replication.neighbour
   WHERE (neighbour.number = remove_neighbour.neighbour_number);
 DELETE FROM replication.offer
   WHERE (offer.neighbour = remove_neighbour.neighbour_number);
 DELETE FROM replication.edge e
    USING replication.self s
   WHERE ((e.low = LEAST(s.number, remove_neighbour.neighbour_number)) AND (e.high = GREATEST(s.number, remove_neighbour.neighbour_number)));
 SELECT replication.forget_unreachable() AS forget_unreachable;
END;


--
-- Name: FUNCTION remove_neighbour(neighbour_number integer); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.remove_neighbour(neighbour_number integer) IS 'removes the edge to a neighbour';


--
-- Name: restore_sequences(oid); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.restore_sequences(this_table oid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    s record;
begin
    for s in
        delete from replication.sequence as q
        where q.table_relid = this_table
        returning q.*, (select p from pg_sequence as p where p.seqrelid = q.relid) as present
    loop
        if s.present is not null then
            execute format('alter sequence %s increment by %s minvalue %s maxvalue %s start with %s',
                s.relid, s.increment, coalesce(s.minimum, (s.present).seqmin),
                coalesce(s.maximum, (s.present).seqmax), s.start);
        end if;
    end loop;
end
$$;


--
-- Name: sequences_of(oid); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.sequences_of(table_relid oid) RETURNS TABLE(relid regclass, column_name name)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH drawn(sequence, relid, attnum) AS (
          SELECT d_1.objid,
             d_1.refobjid,
             d_1.refobjsubid
            FROM (replication.parts_of(sequences_of.table_relid) p(relid)
              JOIN pg_depend d_1 ON (((d_1.refclassid = ('pg_class'::regclass)::oid) AND (d_1.refobjid = (p.relid)::oid) AND (d_1.classid = ('pg_class'::regclass)::oid) AND (d_1.deptype = 'i'::"char") AND (d_1.refobjsubid > 0))))
         UNION ALL
          SELECT d_1.refobjid,
             f.adrelid,
             f.adnum
            FROM ((replication.parts_of(sequences_of.table_relid) p(relid)
              JOIN pg_attrdef f ON ((f.adrelid = (p.relid)::oid)))
              JOIN pg_depend d_1 ON (((d_1.classid = ('pg_attrdef'::regclass)::oid) AND (d_1.objid = f.oid) AND (d_1.refclassid = ('pg_class'::regclass)::oid))))
         )
  SELECT DISTINCT ON (s.oid) (s.oid)::regclass AS oid,
         CASE
             WHEN (a.atttypid = ANY (ARRAY[('smallint'::regtype)::oid, ('integer'::regtype)::oid, ('bigint'::regtype)::oid, ('numeric'::regtype)::oid])) THEN a.attname
             ELSE NULL::name
         END AS "case"
    FROM ((drawn d
      JOIN pg_class s ON (((s.oid = d.sequence) AND (s.relkind = 'S'::"char"))))
      JOIN pg_attribute a ON (((a.attrelid = d.relid) AND (a.attnum = d.attnum))))
   ORDER BY s.oid, a.attrelid, a.attnum;
END;


--
-- Name: set_policy(regclass, text, text); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.set_policy(this_table regclass, policy text, argument text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $_$
declare
    full_name text;
    numbers int[];
    merge regprocedure;
begin
    select format('%I.%I', n.nspname, c.relname) into full_name
    from replication.relation as r
        join pg_class as c on c.oid = r.relid
        join pg_namespace as n on n.oid = c.relnamespace
    where r.relid = this_table
        and n.nspname <> 'replication';
    if full_name is null then
        raise exception 'table % is not replicated', this_table
            using hint = 'Give a table that stands in replication.relation; for a partition, its'
                ' partitioned table.';
    end if;
    if policy = 'priority' then
        if argument is null or argument !~ '^\s*\d+(\s*,\s*\d+)*\s*$' then
            raise exception 'the policy priority needs node numbers: 2,1,3'
                using hint = 'The node named first wins.';
        end if;
        numbers := ('{' || argument || '}')::int[];
        if exists (select from unnest(numbers) as n, replication.self as s
                where n not between 1 and s.modulus) then
            raise exception 'there can be no such node number in %', argument
                using hint = format('A node number lies between 1 and %s.',
                    (select s.modulus from replication.self as s));
        end if;
    elsif policy = 'function' then
        merge := to_regprocedure(argument || '(jsonb,jsonb)');
        if merge is null
            or (select p.prorettype from pg_proc as p where p.oid = merge) <> 'jsonb'::regtype then
            raise exception 'there is no function %(jsonb, jsonb) that returns jsonb', argument
                using hint = 'Name it with its schema, and create it on every node.';
        end if;
        select format('%I.%I', n.nspname, p.proname) into argument
        from pg_proc as p
            join pg_namespace as n on n.oid = p.pronamespace
        where p.oid = merge;
    elsif policy <> 'newest' then
        raise exception 'there is no policy %', policy
            using hint = 'The policies are newest, priority and function.';
    end if;
    insert into replication.policy as p (tablename, policy, priority, function)
    values (full_name, set_policy.policy, numbers,
        case when set_policy.policy = 'function' then argument end)
    on conflict (tablename) do update
        set policy = excluded.policy,
            priority = excluded.priority,
            function = excluded.function;
end
$_$;


--
-- Name: FUNCTION set_policy(this_table regclass, policy text, argument text); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.set_policy(this_table regclass, policy text, argument text) IS 'chooses how conflicts of a table are decided: newest, priority (nodes), function (name)';


--
-- Name: relation; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.relation (
    id integer NOT NULL,
    relid regclass NOT NULL,
    kind "char" NOT NULL,
    key text[] NOT NULL,
    digest text NOT NULL,
    xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    attached_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: shape; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.shape AS
 SELECT r.id AS relation,
    format('%I.%I'::text, n.nspname, c.relname) AS tablename,
    (a.attname)::text AS column_name,
    format_type(a.atttypid, a.atttypmod) AS type,
    (a.attgenerated <> ''::"char") AS generated,
    array_position(r.key, (a.attname)::text) AS key_position
   FROM (((replication.relation r
     JOIN pg_class c ON ((c.oid = (r.relid)::oid)))
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
     JOIN pg_attribute a ON ((a.attrelid = c.oid)))
  WHERE ((a.attnum > 0) AND (NOT a.attisdropped));


--
-- Name: VIEW shape; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON VIEW replication.shape IS 'the columns of the replicated tables, as neighbours must share';


--
-- Name: shape_digest(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.shape_digest() RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO ''
    BEGIN ATOMIC
 SELECT md5(string_agg(format('%s %I %s %s %s'::text, s.tablename, s.column_name, s.type, s.generated, s.key_position), ','::text ORDER BY (s.tablename COLLATE "C"), (s.column_name COLLATE "C"))) AS md5
    FROM replication.shape s;
END;


--
-- Name: FUNCTION shape_digest(); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.shape_digest() IS 'a digest of the shape of all replicated tables: equal on two nodes that can be neighbours';


--
-- Name: snapshot_before_writing(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.snapshot_before_writing() RETURNS pg_snapshot
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
    if pg_current_xact_id_if_assigned() is not null then
        raise exception 'the transaction has written already';
    end if;
    return pg_current_snapshot();
end
$$;


--
-- Name: FUNCTION snapshot_before_writing(); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.snapshot_before_writing() IS 'the snapshot now, which none of this transaction''s own entries is visible in';


--
-- Name: trigger_name(text); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.trigger_name(operation text) RETURNS name
    LANGUAGE sql IMMUTABLE
    SET search_path TO ''
    RETURN (('replication_'::text || operation))::name;


--
-- Name: truncate_1(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_1() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 1);
    return null;
end
$$;


--
-- Name: truncate_2(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_2() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 2);
    return null;
end
$$;


--
-- Name: truncate_3(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_3() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 3);
    return null;
end
$$;


--
-- Name: truncate_4(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_4() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 4);
    return null;
end
$$;


--
-- Name: truncate_5(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_5() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 5);
    return null;
end
$$;


--
-- Name: truncate_6(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_6() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 6);
    return null;
end
$$;


--
-- Name: truncate_7(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_7() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 7);
    return null;
end
$$;


--
-- Name: truncate_8(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.truncate_8() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint, replication.now(), 1,
        'truncate', 8);
    return null;
end
$$;


--
-- Name: update_1(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_1() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_1 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.number
    from new_rows as r;
    return null;
end
$$;


--
-- Name: update_2(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_2() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_2 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.low, r.high
    from new_rows as r;
    return null;
end
$$;


--
-- Name: update_3(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_3() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_3 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.tablename
    from new_rows as r;
    return null;
end
$$;


--
-- Name: update_4(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_4() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_4 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.id
    from new_rows as r;
    return null;
end
$$;


--
-- Name: update_5(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_5() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_5 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.id
    from (select new.*) as r;
    return null;
end
$$;


--
-- Name: update_6(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_6() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_6 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.id
    from new_rows as r;
    return null;
end
$$;


--
-- Name: update_7(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_7() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_7 (xid, changed_at, origin, action, k1)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.id
    from (select new.*) as r;
    return null;
end
$$;


--
-- Name: update_8(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.update_8() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    AS $$
begin
    insert into replication.log_8 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'U', r.id, r.part
    from new_rows as r;
    insert into replication.log_8 (xid, changed_at, origin, action, k1, k2)
    select (select pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint),
        (select pg_catalog.clock_timestamp() operator(pg_catalog.+) s.clock_offset from replication.self as s), 1, 'D', r.id, r.part
    from old_rows as r where not exists (select from new_rows as n where n.id operator(pg_catalog.=) r.id and n.part operator(pg_catalog.=) r.part);
    return null;
end
$$;


--
-- Name: verify(); Type: FUNCTION; Schema: replication; Owner: -
--

CREATE FUNCTION replication.verify() RETURNS TABLE(result text, object text, problem text, hint text)
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
    t record;
begin
    for t in
        select r.id, r.relid::oid as relid
        from replication.relation as r
        where not exists (select from pg_class as c where c.oid = r.relid)
    loop
        perform replication.detach(t.id);
        return query select 'mended', t.relid::text, 'the table was dropped', null::text;
    end loop;

    for t in
        select c.relid
        from replication.candidate as c
        where c.reason is null
            and not exists (select from replication.relation as r where r.relid = c.relid)
    loop
        perform replication.attach(t.relid);
        return query select 'mended', t.relid::text, 'the table is new', null::text;
    end loop;

    for t in
        select r.id, r.relid
        from replication.relation as r
        where r.kind <> replication.kind_of(r.relid)
    loop
        perform replication.mend(t.relid);
        return query select 'mended', t.relid::text,
            'the table joined or left an inheritance tree; its rows are sent again', null::text;
    end loop;

    for t in
        select w.relation, w.relid
        from replication.wrong_trigger as w
            join pg_class as c on c.oid = w.relid
        where c.relispartition
        group by w.relation, w.relid, c.relkind
        having bool_and(w.what = 'missing')
            and count(*) = 4
    loop
        perform replication.make_triggers(t.relation);
        if (select c.relkind = 'r' from pg_class as c where c.oid = t.relid) then
            perform replication.log_all(t.relation, t.relid);
        end if;
        return query select 'mended', t.relid::text, 'the partition is new', null::text;
    end loop;

    for t in
        select distinct on (s.relid) s.table_relid, s.relid
        from replication.wrong_sequence as s
        order by s.relid, s.table_relid
    loop
        perform replication.number_sequences(t.table_relid);
        return query select 'mended', t.relid::text,
            'the sequence did not draw this node''s numbers', null::text;
    end loop;

    return query
        select 'broken', w.relid::text,
            format('the capture trigger %s is %s', w.name, w.what),
            'Changes since then are in no log. Run "trompe install" on this database again: it'
                ' restores the capture and sends every row of the table. Rows that were deleted'
                ' meanwhile stay on the other nodes.'
        from replication.wrong_trigger as w;

    return query
        select 'broken', r.relid::text,
            'a capture function was replaced',
            'Changes since then may be in no log. Run "trompe install" on this database again: it'
                ' restores the capture and sends every row of the table.'
        from replication.relation as r
        where r.digest is distinct from replication.digest_of(r.id);

    return query
        select 'broken', r.relid::text,
            coalesce('the table cannot be replicated any more: ' || c.reason, 'its key changed'),
            format('Run "select replication.detach(id) from replication.relation where relid = %L::'
                'regclass" on every node, and let the next sync attach it again.', r.relid::text)
        from replication.relation as r
            left join replication.candidate as c on c.relid = r.relid
        where c.reason is not null
            or r.key <> array(
                select k.name::text
                from replication.key_columns(r.relid) as k
                order by k.number
            );
end
$$;


--
-- Name: FUNCTION verify(); Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON FUNCTION replication.verify() IS 'checks that every change is captured; mends what is safe to mend, and reports the rest';


--
-- Name: person; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.person (
    id integer NOT NULL,
    name text
);


--
-- Name: employee; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.employee (
)
INHERITS (public.person);


--
-- Name: no_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.no_key (
    a integer
);


--
-- Name: note; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.note (
    id integer NOT NULL,
    text text
);


--
-- Name: note_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.note_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 100
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: note_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.note_id_seq OWNED BY public.note.id;


--
-- Name: place; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.place (
    id bigint NOT NULL,
    part text NOT NULL
)
PARTITION BY LIST (part);


--
-- Name: place_a; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.place_a (
    id bigint NOT NULL,
    part text NOT NULL
);


--
-- Name: place_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.place ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.place_id_seq
    START WITH 1
    INCREMENT BY 100
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: place_other; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.place_other (
    id bigint NOT NULL,
    part text NOT NULL
);


--
-- Name: candidate; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.candidate AS
 SELECT (c.oid)::regclass AS relid,
    n.nspname AS schema_name,
    c.relname AS table_name,
    (n.nspname = 'replication'::name) AS of_system,
        CASE
            WHEN (c.relpersistence = 'u'::"char") THEN 'it is unlogged: a crash empties it'::text
            WHEN (c.relkind = 'f'::"char") THEN 'it is a foreign table'::text
            WHEN (EXISTS ( SELECT
               FROM pg_depend d
              WHERE ((d.classid = ('pg_class'::regclass)::oid) AND (d.objid = c.oid) AND (d.deptype = 'e'::"char")))) THEN 'it belongs to an extension'::text
            WHEN (EXISTS ( SELECT
               FROM pg_subscription_rel s
              WHERE ((s.srrelid = c.oid) OR (s.srrelid IN ( SELECT t.relid
                       FROM pg_partition_tree((c.oid)::regclass) t(relid, parentrelid, isleaf, level)))))) THEN 'a logical subscription writes it, past all triggers'::text
            WHEN (replication.key_index(c.oid) IS NULL) THEN 'it has no key: no primary key and no unique index over NOT NULL columns'::text
            ELSE NULL::text
        END AS reason
   FROM (pg_class c
     JOIN pg_namespace n ON ((n.oid = c.relnamespace)))
  WHERE ((c.relkind = ANY (ARRAY['r'::"char", 'p'::"char", 'f'::"char"])) AND (c.relpersistence <> 't'::"char") AND (NOT c.relispartition) AND (n.nspname <> ALL (ARRAY['pg_catalog'::name, 'information_schema'::name, 'pg_toast'::name])) AND (n.nspname !~~ 'pg\_temp\_%'::text) AND ((n.nspname <> 'replication'::name) OR (c.relname = ANY (ARRAY['member'::name, 'edge'::name, 'policy'::name, 'conflict'::name]))));


--
-- Name: VIEW candidate; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON VIEW replication.candidate IS 'the tables of this database, and why one cannot be replicated';


--
-- Name: conflict; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.conflict (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    decided_by integer NOT NULL,
    tablename text NOT NULL,
    key json NOT NULL,
    policy text NOT NULL,
    winner_origin integer NOT NULL,
    winner_changed_at timestamp with time zone NOT NULL,
    winner json,
    loser_origin integer NOT NULL,
    loser_changed_at timestamp with time zone NOT NULL,
    loser json
);


--
-- Name: TABLE conflict; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON TABLE replication.conflict IS 'both versions of every row that was changed on two sides, and which of them won';


--
-- Name: event; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.event (
    id bigint NOT NULL,
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    kind text NOT NULL,
    relation integer NOT NULL,
    CONSTRAINT event_kind_check CHECK ((kind = 'truncate'::text))
);


--
-- Name: event_id_seq; Type: SEQUENCE; Schema: replication; Owner: -
--

ALTER TABLE replication.event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME replication.event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: log; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.log AS
 SELECT log_entries.origin,
    log_entries.tablename,
    log_entries.action,
    log_entries.key,
        CASE
            WHEN (log_entries.via > 0) THEN log_entries.via
            ELSE NULL::integer
        END AS via,
    log_entries.changed_at,
    log_entries.xid
   FROM replication.log_entries() log_entries(xid, changed_at, origin, via, action, tablename, key);


--
-- Name: VIEW log; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON VIEW replication.log IS 'every logged change: made on node origin, arrived through the neighbour via (null: made here)';


--
-- Name: log_1; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_1 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 integer NOT NULL
);

ALTER TABLE ONLY replication.log_1 REPLICA IDENTITY FULL;


--
-- Name: log_2; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_2 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 integer NOT NULL,
    k2 integer NOT NULL
);

ALTER TABLE ONLY replication.log_2 REPLICA IDENTITY FULL;


--
-- Name: log_3; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_3 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 text NOT NULL
);

ALTER TABLE ONLY replication.log_3 REPLICA IDENTITY FULL;


--
-- Name: log_4; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_4 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 uuid NOT NULL
);

ALTER TABLE ONLY replication.log_4 REPLICA IDENTITY FULL;


--
-- Name: log_5; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_5 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 integer NOT NULL
);

ALTER TABLE ONLY replication.log_5 REPLICA IDENTITY FULL;


--
-- Name: log_6; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_6 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 integer NOT NULL
);

ALTER TABLE ONLY replication.log_6 REPLICA IDENTITY FULL;


--
-- Name: log_7; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_7 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 integer NOT NULL
);

ALTER TABLE ONLY replication.log_7 REPLICA IDENTITY FULL;


--
-- Name: log_8; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.log_8 (
    xid bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    origin integer NOT NULL,
    via integer,
    action "char" NOT NULL,
    k1 bigint NOT NULL,
    k2 text NOT NULL
);

ALTER TABLE ONLY replication.log_8 REPLICA IDENTITY FULL;


--
-- Name: policy; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.policy (
    tablename text NOT NULL,
    policy text NOT NULL,
    priority integer[],
    function text,
    CONSTRAINT policy_check CHECK (((policy = 'priority'::text) = (priority IS NOT NULL))),
    CONSTRAINT policy_check1 CHECK (((policy = 'function'::text) = (function IS NOT NULL))),
    CONSTRAINT policy_policy_check CHECK ((policy = ANY (ARRAY['newest'::text, 'priority'::text, 'function'::text])))
);


--
-- Name: relation_id_seq; Type: SEQUENCE; Schema: replication; Owner: -
--

ALTER TABLE replication.relation ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME replication.relation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: sequence; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.sequence (
    relid regclass NOT NULL,
    table_relid regclass NOT NULL,
    increment bigint NOT NULL,
    start bigint NOT NULL,
    minimum bigint,
    maximum bigint
);


--
-- Name: sequence_state; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.sequence_state AS
 SELECT s.relid AS table_relid,
    q.relid,
    q.column_name,
    (o.relid IS NOT NULL) AS known,
    COALESCE(o.increment, p.seqincrement) AS unit,
    (COALESCE(o.increment, p.seqincrement) * self.modulus) AS wanted_increment,
    p.seqincrement AS increment,
    p.seqstart AS start,
    COALESCE(o.start, p.seqstart) AS former_start,
    p.seqmin,
    p.seqmax,
    p.seqcycle AS cycles,
        CASE
            WHEN (p.seqcycle AND (p.seqincrement > 0)) THEN replication.next_share((p.seqmin)::numeric, COALESCE(o.increment, p.seqincrement), self.number, self.modulus)
            ELSE (p.seqmin)::numeric
        END AS wanted_min,
        CASE
            WHEN (p.seqcycle AND (p.seqincrement < 0)) THEN replication.next_share((p.seqmax)::numeric, COALESCE(o.increment, p.seqincrement), self.number, self.modulus)
            ELSE (p.seqmax)::numeric
        END AS wanted_max,
    l.last_value,
    l.is_drawn,
    self.number AS node,
    self.modulus
   FROM (((((replication.relation s
     CROSS JOIN replication.self)
     CROSS JOIN LATERAL replication.sequences_of((s.relid)::oid) q(relid, column_name))
     JOIN pg_sequence p ON ((p.seqrelid = (q.relid)::oid)))
     CROSS JOIN LATERAL replication.place_of(q.relid) l(last_value, is_drawn))
     LEFT JOIN replication.sequence o ON (((o.relid)::oid = (q.relid)::oid)));


--
-- Name: scarce_sequence; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.scarce_sequence AS
 SELECT s.relid,
    s.last_value,
    floor((
        CASE
            WHEN (s.unit > 0) THEN ((s.seqmax)::numeric - (s.last_value)::numeric)
            ELSE ((s.last_value)::numeric - (s.seqmin)::numeric)
        END / (abs(s.wanted_increment))::numeric)) AS left_over
   FROM replication.sequence_state s
  WHERE ((NOT s.cycles) AND (
        CASE
            WHEN (s.unit > 0) THEN ((s.seqmax)::numeric - (s.last_value)::numeric)
            ELSE ((s.last_value)::numeric - (s.seqmin)::numeric)
        END < (((s.seqmax)::numeric - (s.seqmin)::numeric) / (10)::numeric)));


--
-- Name: VIEW scarce_sequence; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON VIEW replication.scarce_sequence IS 'the sequences that have less than a tenth of their numbers left';


--
-- Name: sync; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.sync (
    id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    source integer NOT NULL,
    staged bigint NOT NULL,
    inserted bigint NOT NULL,
    updated bigint NOT NULL,
    deleted bigint NOT NULL,
    truncated bigint NOT NULL,
    conflicts bigint NOT NULL
);


--
-- Name: TABLE sync; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON TABLE replication.sync IS 'what each direction that moved something moved into this node';


--
-- Name: sync_id_seq; Type: SEQUENCE; Schema: replication; Owner: -
--

ALTER TABLE replication.sync ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME replication.sync_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: version; Type: TABLE; Schema: replication; Owner: -
--

CREATE TABLE replication.version (
    number integer NOT NULL,
    installed_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: wanted_trigger; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.wanted_trigger AS
 SELECT r.id AS relation,
    p.relid,
    replication.trigger_name(w.operation) AS name,
    ((
        CASE
            WHEN ((w.operation = 'truncate'::text) AND ((p.relid)::oid <> (r.relid)::oid)) THEN 'part'::text
            ELSE w.operation
        END || '_'::text) || r.id) AS function,
        CASE
            WHEN ((w.operation = 'key'::text) OR ((r.kind = 'i'::"char") AND (w.operation <> 'truncate'::text))) THEN format('after %s on %s for each row %s'::text,
            CASE w.operation
                WHEN 'key'::text THEN 'update'::text
                ELSE w.operation
            END, p.relid,
            CASE w.operation
                WHEN 'key'::text THEN ( SELECT format('when ((%s) is not true)'::text, string_agg(format('old.%1$I %2$s new.%1$I'::text, k.name, k.equals), ' and '::text ORDER BY k.number)) AS format
                   FROM replication.key_columns((r.relid)::oid) k(number, name, type, collation_name, equals))
                ELSE ''::text
            END)
            WHEN (w.operation = 'truncate'::text) THEN format('%s truncate on %s for each statement'::text,
            CASE
                WHEN ((p.relid)::oid = (r.relid)::oid) THEN 'after'::text
                ELSE 'before'::text
            END, p.relid)
            ELSE format('after %s on %s %s for each statement'::text, w.operation, p.relid,
            CASE
                WHEN (w.operation = 'insert'::text) THEN 'referencing new table as new_rows'::text
                WHEN (w.operation = 'delete'::text) THEN 'referencing old table as old_rows'::text
                WHEN (r.kind = 'p'::"char") THEN 'referencing new table as new_rows old table as old_rows'::text
                ELSE 'referencing new table as new_rows'::text
            END)
        END AS clause
   FROM ((replication.relation r
     CROSS JOIN LATERAL replication.parts_of((r.relid)::oid) p(relid))
     CROSS JOIN unnest(ARRAY['insert'::text, 'update'::text, 'delete'::text, 'truncate'::text, 'key'::text]) w(operation))
  WHERE ((w.operation <> 'key'::text) OR (r.kind <> 'p'::"char"));


--
-- Name: VIEW wanted_trigger; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON VIEW replication.wanted_trigger IS 'the triggers that must stand on the replicated tables and their partitions';


--
-- Name: wrong_sequence; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.wrong_sequence AS
 SELECT s.table_relid,
    s.relid
   FROM replication.sequence_state s
  WHERE ((NOT s.known) OR (s.increment <> s.wanted_increment) OR ((s.seqmin)::numeric <> s.wanted_min) OR ((s.seqmax)::numeric <> s.wanted_max) OR (NOT replication.is_share(s.last_value, s.unit, s.node, s.modulus)));


--
-- Name: VIEW wrong_sequence; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON VIEW replication.wrong_sequence IS 'the sequences of replicated tables that do not draw the numbers of this node';


--
-- Name: wrong_trigger; Type: VIEW; Schema: replication; Owner: -
--

CREATE VIEW replication.wrong_trigger AS
 SELECT w.relation,
    w.relid,
    w.name,
    w.function,
    w.clause,
        CASE
            WHEN (t.oid IS NULL) THEN 'missing'::text
            WHEN (t.tgenabled <> 'O'::"char") THEN 'disabled'::text
            ELSE 'calling another function'::text
        END AS what
   FROM ((replication.wanted_trigger w
     LEFT JOIN pg_trigger t ON (((t.tgrelid = (w.relid)::oid) AND (t.tgname = w.name))))
     LEFT JOIN pg_proc f ON (((f.oid = t.tgfoid) AND (f.pronamespace = ('replication'::regnamespace)::oid) AND (f.proname = w.function))))
  WHERE ((t.oid IS NULL) OR (t.tgenabled <> 'O'::"char") OR (f.oid IS NULL));


--
-- Name: VIEW wrong_trigger; Type: COMMENT; Schema: replication; Owner: -
--

COMMENT ON VIEW replication.wrong_trigger IS 'the capture triggers that are missing, disabled, or call something else';


--
-- Name: place_a; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.place ATTACH PARTITION public.place_a FOR VALUES IN ('a');


--
-- Name: place_other; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.place ATTACH PARTITION public.place_other DEFAULT;


--
-- Name: note id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.note ALTER COLUMN id SET DEFAULT nextval('public.note_id_seq'::regclass);


--
-- Data for Name: employee; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.employee (id, name) FROM stdin;
2	second
\.


--
-- Data for Name: no_key; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.no_key (a) FROM stdin;
\.


--
-- Data for Name: note; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.note (id, text) FROM stdin;
1	of A
101	of A
201	not sent yet
\.


--
-- Data for Name: person; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.person (id, name) FROM stdin;
\.


--
-- Data for Name: place_a; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.place_a (id, part) FROM stdin;
1	a
\.


--
-- Data for Name: place_other; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.place_other (id, part) FROM stdin;
1	b
\.


--
-- Data for Name: conflict; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.conflict (id, decided_at, decided_by, tablename, key, policy, winner_origin, winner_changed_at, winner, loser_origin, loser_changed_at, loser) FROM stdin;
99fb12be-0c85-4038-a1fa-91c11633caab	2026-11-21 06:33:04.746446+00	2	public.note	{"id":1}	newest	1	2026-11-21 06:33:04.542741+00	{"id":1,"text":"of A"}	2	2026-11-21 06:33:04.521959+00	{"id":1,"text":"of B"}
8aae4e85-30cd-47c0-9136-87635238253b	2026-11-21 06:33:04.746446+00	2	public.note	{"id":101}	newest	1	2026-11-21 06:33:04.542741+00	{"id":101,"text":"of A"}	2	2026-11-21 06:33:04.521959+00	{"id":101,"text":"of B"}
\.


--
-- Data for Name: edge; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.edge (low, high, id, made_at) FROM stdin;
1	2	6a00ed82-6fff-4b27-ad18-45d11c607965	2026-11-21 06:33:03.91452+00
\.


--
-- Data for Name: event; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.event (id, xid, changed_at, origin, via, kind, relation) FROM stdin;
\.


--
-- Data for Name: log_1; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_1 (xid, changed_at, origin, via, action, k1) FROM stdin;
740	2026-11-21 06:33:03.444961+00	1	\N	I	1
750	2026-11-21 06:33:03.974933+00	1	\N	I	2
\.


--
-- Data for Name: log_2; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_2 (xid, changed_at, origin, via, action, k1, k2) FROM stdin;
750	2026-11-21 06:33:03.975516+00	1	\N	I	1	2
\.


--
-- Data for Name: log_3; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_3 (xid, changed_at, origin, via, action, k1) FROM stdin;
\.


--
-- Data for Name: log_4; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_4 (xid, changed_at, origin, via, action, k1) FROM stdin;
769	2026-11-21 06:33:04.74671+00	2	2	I	99fb12be-0c85-4038-a1fa-91c11633caab
769	2026-11-21 06:33:04.74671+00	2	2	I	8aae4e85-30cd-47c0-9136-87635238253b
\.


--
-- Data for Name: log_5; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_5 (xid, changed_at, origin, via, action, k1) FROM stdin;
754	2026-11-21 06:33:03.997191+00	1	\N	I	2
\.


--
-- Data for Name: log_6; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_6 (xid, changed_at, origin, via, action, k1) FROM stdin;
752	2026-11-21 06:33:03.995088+00	1	\N	I	1
752	2026-11-21 06:33:03.995088+00	1	\N	I	101
765	2026-11-21 06:33:04.542741+00	1	\N	U	1
765	2026-11-21 06:33:04.542741+00	1	\N	U	101
775	2026-11-21 06:33:05.066518+00	1	\N	I	201
\.


--
-- Data for Name: log_7; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_7 (xid, changed_at, origin, via, action, k1) FROM stdin;
753	2026-11-21 06:33:03.996322+00	1	\N	I	1
766	2026-11-21 06:33:04.543616+00	1	\N	D	1
\.


--
-- Data for Name: log_8; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.log_8 (xid, changed_at, origin, via, action, k1, k2) FROM stdin;
755	2026-11-21 06:33:04.000502+00	1	\N	I	1	b
756	2026-11-21 06:33:04.001053+00	1	\N	I	1	a
\.


--
-- Data for Name: member; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.member (number, name, identity) FROM stdin;
1	A	3fac3a72-fe54-4a4d-91d1-3c70d41aec06
2	B	448113d2-c956-436c-b32e-2c23d27637c8
\.


--
-- Data for Name: neighbour; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.neighbour (number, name, identity, service, received, received_token, way_back, acknowledged, linked_at, last_sync) FROM stdin;
2	B	448113d2-c956-436c-b32e-2c23d27637c8	\N	769:769:	3791eb30-f2fd-4a41-bd04-906a6b44e61a	\N	772:772:	2026-11-21 06:33:03.91452+00	2026-11-21 06:33:05.028235+00
\.


--
-- Data for Name: offer; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.offer (neighbour, seen, offered, xid) FROM stdin;
2	99b4f0d9-7257-4a2d-9d82-a29b8357e275	7d2cca5d-586f-4b6c-b036-448040d49c02	773
\.


--
-- Data for Name: policy; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.policy (tablename, policy, priority, function) FROM stdin;
\.


--
-- Data for Name: relation; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.relation (id, relid, kind, key, digest, xid, attached_at) FROM stdin;
1	replication.member	r	{number}	bf5615d6eeb2dd588026e66263541de8	740	2026-11-21 06:33:03.218471+00
2	replication.edge	r	{low,high}	bba89927da2176eb1176fb19eff5b0f3	740	2026-11-21 06:33:03.218471+00
3	replication.policy	r	{tablename}	a844cf3a8120e98bb55f4bca4e7f1f35	740	2026-11-21 06:33:03.218471+00
4	replication.conflict	r	{id}	7a97e234c09b7337a25b4bac3b42ac33	740	2026-11-21 06:33:03.218471+00
5	public.employee	i	{id}	cc354d3ab3c0d30811dbafed0bb9c4a7	741	2026-11-21 06:33:03.453641+00
6	public.note	r	{id}	2db22ba26bf70121c4249f3570f55323	742	2026-11-21 06:33:03.49376+00
7	public.person	i	{id}	de901ac3143fb46569dd9a12f0f629ff	743	2026-11-21 06:33:03.5243+00
8	public.place	p	{id,part}	fc2d29416eab680dcb5476cb75a24a89	744	2026-11-21 06:33:03.531927+00
\.


--
-- Data for Name: self; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.self (only_row, number, name, identity, modulus, clock_offset, database, keep, installed_at) FROM stdin;
t	1	A	3fac3a72-fe54-4a4d-91d1-3c70d41aec06	100	00:00:00	16384	1 day	2026-11-21 06:33:03.218471+00
\.


--
-- Data for Name: sequence; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.sequence (relid, table_relid, increment, start, minimum, maximum) FROM stdin;
public.note_id_seq	public.note	1	1	\N	\N
public.place_id_seq	public.place	1	1	\N	\N
\.


--
-- Data for Name: sync; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.sync (id, started_at, finished_at, source, staged, inserted, updated, deleted, truncated, conflicts) FROM stdin;
1	2026-11-21 06:33:04.762488+00	2026-11-21 06:33:04.835491+00	2	0	0	0	0	0	0
\.


--
-- Data for Name: version; Type: TABLE DATA; Schema: replication; Owner: -
--

COPY replication.version (number, installed_at) FROM stdin;
1	2026-11-21 06:33:03.218471+00
\.


--
-- Name: note_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.note_id_seq', 201, true);


--
-- Name: place_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.place_id_seq', 1, true);


--
-- Name: event_id_seq; Type: SEQUENCE SET; Schema: replication; Owner: -
--

SELECT pg_catalog.setval('replication.event_id_seq', 1, false);


--
-- Name: relation_id_seq; Type: SEQUENCE SET; Schema: replication; Owner: -
--

SELECT pg_catalog.setval('replication.relation_id_seq', 8, true);


--
-- Name: sync_id_seq; Type: SEQUENCE SET; Schema: replication; Owner: -
--

SELECT pg_catalog.setval('replication.sync_id_seq', 1, true);


--
-- Name: employee employee_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.employee
    ADD CONSTRAINT employee_pkey PRIMARY KEY (id);


--
-- Name: note note_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.note
    ADD CONSTRAINT note_pkey PRIMARY KEY (id);


--
-- Name: person person_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);


--
-- Name: place place_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.place
    ADD CONSTRAINT place_pkey PRIMARY KEY (id, part);


--
-- Name: place_a place_a_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.place_a
    ADD CONSTRAINT place_a_pkey PRIMARY KEY (id, part);


--
-- Name: place_other place_other_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.place_other
    ADD CONSTRAINT place_other_pkey PRIMARY KEY (id, part);


--
-- Name: conflict conflict_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.conflict
    ADD CONSTRAINT conflict_pkey PRIMARY KEY (id);


--
-- Name: edge edge_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.edge
    ADD CONSTRAINT edge_pkey PRIMARY KEY (low, high);


--
-- Name: event event_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (id);


--
-- Name: member member_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (number);


--
-- Name: neighbour neighbour_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.neighbour
    ADD CONSTRAINT neighbour_pkey PRIMARY KEY (number);


--
-- Name: offer offer_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.offer
    ADD CONSTRAINT offer_pkey PRIMARY KEY (neighbour);


--
-- Name: policy policy_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.policy
    ADD CONSTRAINT policy_pkey PRIMARY KEY (tablename);


--
-- Name: relation relation_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.relation
    ADD CONSTRAINT relation_pkey PRIMARY KEY (id);


--
-- Name: relation relation_relid_key; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.relation
    ADD CONSTRAINT relation_relid_key UNIQUE (relid);


--
-- Name: self self_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.self
    ADD CONSTRAINT self_pkey PRIMARY KEY (only_row);


--
-- Name: sequence sequence_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.sequence
    ADD CONSTRAINT sequence_pkey PRIMARY KEY (relid);


--
-- Name: sync sync_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.sync
    ADD CONSTRAINT sync_pkey PRIMARY KEY (id);


--
-- Name: version version_pkey; Type: CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.version
    ADD CONSTRAINT version_pkey PRIMARY KEY (number);


--
-- Name: log_1_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_1_xid_idx ON replication.log_1 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: log_2_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_2_xid_idx ON replication.log_2 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: log_3_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_3_xid_idx ON replication.log_3 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: log_4_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_4_xid_idx ON replication.log_4 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: log_5_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_5_xid_idx ON replication.log_5 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: log_6_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_6_xid_idx ON replication.log_6 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: log_7_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_7_xid_idx ON replication.log_7 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: log_8_xid_idx; Type: INDEX; Schema: replication; Owner: -
--

CREATE INDEX log_8_xid_idx ON replication.log_8 USING brin (xid) WITH (pages_per_range='32', autosummarize='on');


--
-- Name: place_a_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.place_pkey ATTACH PARTITION public.place_a_pkey;


--
-- Name: place_other_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.place_pkey ATTACH PARTITION public.place_other_pkey;


--
-- Name: employee replication_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON public.employee FOR EACH ROW EXECUTE FUNCTION replication.delete_5();


--
-- Name: note replication_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON public.note REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_6();


--
-- Name: person replication_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON public.person FOR EACH ROW EXECUTE FUNCTION replication.delete_7();


--
-- Name: place replication_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON public.place REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_8();


--
-- Name: place_a replication_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON public.place_a REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_8();


--
-- Name: place_other replication_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON public.place_other REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_8();


--
-- Name: employee replication_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON public.employee FOR EACH ROW EXECUTE FUNCTION replication.insert_5();


--
-- Name: note replication_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON public.note REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_6();


--
-- Name: person replication_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON public.person FOR EACH ROW EXECUTE FUNCTION replication.insert_7();


--
-- Name: place replication_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON public.place REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_8();


--
-- Name: place_a replication_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON public.place_a REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_8();


--
-- Name: place_other replication_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON public.place_other REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_8();


--
-- Name: employee replication_key; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_key AFTER UPDATE ON public.employee FOR EACH ROW WHEN (((old.id = new.id) IS NOT TRUE)) EXECUTE FUNCTION replication.key_5();


--
-- Name: note replication_key; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_key AFTER UPDATE ON public.note FOR EACH ROW WHEN (((old.id = new.id) IS NOT TRUE)) EXECUTE FUNCTION replication.key_6();


--
-- Name: person replication_key; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_key AFTER UPDATE ON public.person FOR EACH ROW WHEN (((old.id = new.id) IS NOT TRUE)) EXECUTE FUNCTION replication.key_7();


--
-- Name: employee replication_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON public.employee FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_5();


--
-- Name: note replication_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON public.note FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_6();


--
-- Name: person replication_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON public.person FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_7();


--
-- Name: place replication_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON public.place FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_8();


--
-- Name: place_a replication_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_truncate BEFORE TRUNCATE ON public.place_a FOR EACH STATEMENT EXECUTE FUNCTION replication.part_8();


--
-- Name: place_other replication_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_truncate BEFORE TRUNCATE ON public.place_other FOR EACH STATEMENT EXECUTE FUNCTION replication.part_8();


--
-- Name: employee replication_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON public.employee FOR EACH ROW EXECUTE FUNCTION replication.update_5();


--
-- Name: note replication_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON public.note REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_6();


--
-- Name: person replication_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON public.person FOR EACH ROW EXECUTE FUNCTION replication.update_7();


--
-- Name: place replication_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON public.place REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_8();


--
-- Name: place_a replication_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON public.place_a REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_8();


--
-- Name: place_other replication_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON public.place_other REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_8();


--
-- Name: conflict replication_delete; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON replication.conflict REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_4();


--
-- Name: edge replication_delete; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON replication.edge REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_2();


--
-- Name: member replication_delete; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON replication.member REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_1();


--
-- Name: policy replication_delete; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_delete AFTER DELETE ON replication.policy REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.delete_3();


--
-- Name: conflict replication_insert; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON replication.conflict REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_4();


--
-- Name: edge replication_insert; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON replication.edge REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_2();


--
-- Name: member replication_insert; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON replication.member REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_1();


--
-- Name: policy replication_insert; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_insert AFTER INSERT ON replication.policy REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.insert_3();


--
-- Name: conflict replication_key; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_key AFTER UPDATE ON replication.conflict FOR EACH ROW WHEN (((old.id = new.id) IS NOT TRUE)) EXECUTE FUNCTION replication.key_4();


--
-- Name: edge replication_key; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_key AFTER UPDATE ON replication.edge FOR EACH ROW WHEN ((((old.low = new.low) AND (old.high = new.high)) IS NOT TRUE)) EXECUTE FUNCTION replication.key_2();


--
-- Name: member replication_key; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_key AFTER UPDATE ON replication.member FOR EACH ROW WHEN (((old.number = new.number) IS NOT TRUE)) EXECUTE FUNCTION replication.key_1();


--
-- Name: policy replication_key; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_key AFTER UPDATE ON replication.policy FOR EACH ROW WHEN (((old.tablename = new.tablename) IS NOT TRUE)) EXECUTE FUNCTION replication.key_3();


--
-- Name: conflict replication_truncate; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON replication.conflict FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_4();


--
-- Name: edge replication_truncate; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON replication.edge FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_2();


--
-- Name: member replication_truncate; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON replication.member FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_1();


--
-- Name: policy replication_truncate; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_truncate AFTER TRUNCATE ON replication.policy FOR EACH STATEMENT EXECUTE FUNCTION replication.truncate_3();


--
-- Name: conflict replication_update; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON replication.conflict REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_4();


--
-- Name: edge replication_update; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON replication.edge REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_2();


--
-- Name: member replication_update; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON replication.member REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_1();


--
-- Name: policy replication_update; Type: TRIGGER; Schema: replication; Owner: -
--

CREATE TRIGGER replication_update AFTER UPDATE ON replication.policy REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION replication.update_3();


--
-- Name: event event_relation_fkey; Type: FK CONSTRAINT; Schema: replication; Owner: -
--

ALTER TABLE ONLY replication.event
    ADD CONSTRAINT event_relation_fkey FOREIGN KEY (relation) REFERENCES replication.relation(id) ON DELETE CASCADE;


--
-- Name: FUNCTION number_sequences(this_table regclass); Type: ACL; Schema: replication; Owner: -
--

REVOKE ALL ON FUNCTION replication.number_sequences(this_table regclass) FROM PUBLIC;


--
-- PostgreSQL database dump complete
--


