-- What an object of the schema is, so that two nodes can compare it.

-- What an object is, owner and comment included, in words that are the same on every node for equal
-- objects. Null where it is not there; of a kind that this function does not know, never the same.
create or replace function replication.definition_of(object jsonb)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    a record;
begin
    if object ->> 'type' = 'rights' then
        return gen_random_uuid()::text;
    elsif object ->> 'type' = 'large object column' then
        return (
            select (c.name is not null)::text
            from pg_class as t
                join pg_namespace as n on n.oid = t.relnamespace
                left join replication.object_columns(t.oid) as c
                    on c.name = object -> 'names' ->> 2
            where n.nspname = object -> 'names' ->> 0
                and t.relname = object -> 'names' ->> 1
        );
    end if;
    begin
        select * into a
        from pg_get_object_address(
            object ->> 'type',
            array(select n from jsonb_array_elements_text(object -> 'names') as n),
            array(select n from jsonb_array_elements_text(object -> 'args') as n));
    exception
        when others then
            return null;
    end;
    return case a.classid
        when 'pg_class'::regclass then replication.definition_of_relation(a.objid, a.objsubid)
        when 'pg_proc'::regclass then (
            select case p.prokind when 'a' then gen_random_uuid()::text
                else pg_get_functiondef(p.oid) || ' owner ' || p.proowner::regrole::text end
            from pg_proc as p
            where p.oid = a.objid)
        when 'pg_type'::regclass then replication.definition_of_type(a.objid)
        when 'pg_constraint'::regclass then pg_get_constraintdef(a.objid)
        when 'pg_trigger'::regclass then (
            select pg_get_triggerdef(t.oid) || t.tgenabled::text from pg_trigger as t where t.oid = a.objid)
        when 'pg_rewrite'::regclass then pg_get_ruledef(a.objid)
        when 'pg_policy'::regclass then (
            select concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
                pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
            from pg_policy as p
            where p.oid = a.objid)
        when 'pg_namespace'::regclass then (
            select 'schema of ' || n.nspowner::regrole::text from pg_namespace as n where n.oid = a.objid)
        when 'pg_extension'::regclass then (
            select concat_ws(' ', e.extversion, e.extnamespace::regnamespace)
            from pg_extension as e
            where e.oid = a.objid)
        else gen_random_uuid()::text
    end || coalesce(' comment ' || case a.objsubid
        when 0 then obj_description(a.objid, a.classid::regclass::name)
        else col_description(a.objid, a.objsubid)
    end, '');
end
$$;
comment on function replication.definition_of(jsonb) is
    'what an object of the schema is, in words that are the same on every node; null: not there';

create or replace function replication.definition_of_column(this_table oid, column_number int)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        (select format('%I.%I', n.nspname, l.collname)
            from pg_collation as l
                join pg_namespace as n on n.oid = l.collnamespace
            where l.oid = a.attcollation),
        case when a.attnotnull then 'not null' end,
        a.attidentity, a.attgenerated, a.attstorage,
        pg_get_expr(d.adbin, d.adrelid), a.attacl::text)
    from pg_attribute as a
        left join pg_attrdef as d on d.adrelid = a.attrelid
            and d.adnum = a.attnum
    where a.attrelid = this_table
        and a.attnum = column_number
        and not a.attisdropped;
end;

create or replace function replication.definition_of_relation(this_table oid, column_number int)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select case
            when column_number > 0 then replication.definition_of_column(c.oid, column_number)
            when c.relkind in ('i', 'I') then pg_get_indexdef(c.oid)
            when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid)
            -- Increment and start are another one on each node.
            when c.relkind = 'S' then (
                select concat_ws(' ', 'sequence', format_type(s.seqtypid, null), s.seqcycle)
                from pg_sequence as s
                where s.seqrelid = c.oid)
            else concat_ws(E'\n', 'table ' || c.relkind::text || c.relpersistence::text,
                pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
                (select string_agg(replication.definition_of_column(c.oid, a.attnum), ', '
                        order by a.attname)
                    from pg_attribute as a
                    where a.attrelid = c.oid
                        and a.attnum > 0
                        and not a.attisdropped),
                (select string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', '
                        order by k.conname)
                    from pg_constraint as k
                    where k.conrelid = c.oid
                        and k.contype <> 'n'))
        end || case when column_number > 0 then '' else concat_ws(' ', ' of', c.relowner::regrole,
            c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text, c.relacl::text) end
    from pg_class as c
    where c.oid = this_table;
end;

create or replace function replication.definition_of_type(type_oid oid)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select concat_ws(' ', t.typtype, t.typowner::regrole,
        (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_enum as e
            where e.enumtypid = t.oid),
        case when t.typtype = 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
            t.typnotnull, t.typdefault) end,
        (select string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' order by k.conname)
            from pg_constraint as k
            where k.contypid = t.oid),
        (select string_agg(replication.definition_of_column(t.typrelid, a.attnum), ', '
                order by a.attnum)
            from pg_attribute as a
            where a.attrelid = t.typrelid
                and a.attnum > 0
                and not a.attisdropped))
    from pg_type as t
    where t.oid = type_oid;
end;
