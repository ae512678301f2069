-- How the columns of a key are named in statements that run with the rights of whoever installed:
-- so that nothing of a user's is called by them (see 05_capture.sql).

-- The first value, where it is of the type of the second; else the statement cannot be parsed.
-- (Both functions leave no trace in a plan: PostgreSQL inlines them.)
create or replace function replication.of_type(value anyelement, model anyelement)
    returns anyelement
    language sql
    immutable
as 'select $1';
comment on function replication.of_type(anyelement, anyelement) is
    'a key value, provided that its column has the type that it had when the table was attached';

-- The same for a domain: a NULL of its own would have its CHECK evaluated, one of its array does
-- not.
create or replace function replication.of_domain(value anyelement, model anyarray)
    returns anyelement
    language sql
    immutable
as 'select $1';
comment on function replication.of_domain(anyelement, anyarray) is
    'a key value, provided that its column has the domain that it had when the table was attached';

-- The name of a type with its schema, which format_type leaves out where it is pg_catalog: a user
-- can have another type text.
create or replace function replication.type_name(type_oid oid)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select format('%I.%I', n.nspname, t.typname)
        from pg_type as t
            join pg_namespace as n on n.oid = t.typnamespace
        where t.oid = type_oid
    );
end
$$;

-- The expression by which one column of a key is read, in what the log has of its type.
create or replace function replication.key_value(
    this_table oid,
    column_name text,
    value text default null
)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select case
                when t.typtype = 'd' then format('replication.of_domain(%s, null::%s)::%s',
                    coalesce(value, quote_ident(a.attname)), replication.type_name(t.typarray),
                    replication.type_name(b.oid))
                else format('replication.of_type(%s, null::%s)',
                    coalesce(value, quote_ident(a.attname)), replication.type_name(t.oid))
            end
        from pg_attribute as a
            join pg_type as t on t.oid = a.atttypid
            cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
        where a.attrelid = this_table
            and a.attname = column_name
            and not a.attisdropped
    );
end
$$;

-- The cast that gives a column of the key the type that its operator is for; nothing where that is
-- PostgreSQL's own. A user can make another operator of the same name, for his domain.
create or replace function replication.as_compared(relid oid, key_number int)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select case
                when op.oprnamespace = 'pg_catalog'::regnamespace then ''
                else '::' || replication.type_name(op.oprleft)
            end
        from pg_index as i
            join pg_opclass as oc on oc.oid = (i.indclass::oid[])[key_number - 1]
            join pg_amop as am on am.amopfamily = oc.opcfamily
                and am.amoplefttype = oc.opcintype
                and am.amoprighttype = oc.opcintype
                and am.amopstrategy = 3
            join pg_operator as op on op.oid = am.amopopr
        where i.indexrelid = replication.key_index(relid)
    );
end
$$;

-- Refuses to take values of a type as text from the owner of a table, where a domain is inside of it,
-- in an array or the like: its CHECK would be evaluated here. One without may have got a CHECK by then,
-- and a composite type another column.
create or replace function replication.refuse_inner_types(this_table oid, type_oid oid)
    returns void
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    inner_type regtype;
begin
    with recursive inside (oid) as (
        select type_oid
        union
        select n.oid
        from inside as i
            join pg_type as t on t.oid = i.oid
            cross join lateral (
                select t.typelem
                union all
                select t.typbasetype
                union all
                select a.atttypid
                from pg_attribute as a
                where a.attrelid = t.typrelid
                    and a.attnum > 0
                union all
                select r.rngsubtype
                from pg_range as r
                where t.oid in (r.rngtypid, r.rngmultitypid)
            ) as n (oid)
    )
    select i.oid into inner_type
    from inside as i
        join pg_type as t on t.oid = i.oid
            and t.typtype in ('c', 'd')
    where i.oid <> type_oid
    order by t.typtype = 'd' desc
    limit 1;
    if inner_type is not null then
        raise exception 'the keys of table % hold values of the type %, and to read it would call'
            ' function %', this_table::regclass, inner_type, replication.foreign_code(this_table)
            using errcode = 'insufficient_privilege',
                hint = 'Let a superuser own the function, or drop the index, the CHECK constraint or the'
                    ' statistics that call it. READ COMMITTED transactions alone can tell whether'
                    ' there are any.';
    end if;
end
$$;
