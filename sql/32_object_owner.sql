-- Who owns a large object, and who may do what with it.

-- Makes some objects that belong to a role, where the present user may make that so; returns their
-- numbers. (To give an object away takes a lock, of which a server has a few thousand.)
create or replace function replication.make_objects(owner name, how_many bigint)
    returns oid[]
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    former text := current_setting('role');
    is_taken boolean := owner <> current_user
        and coalesce((select pg_has_role(r.oid, 'member') from pg_roles as r where r.rolname = owner),
            false);
    made oid[];
begin
    if is_taken then
        perform set_config('role', owner, true);
    end if;
    made := array(select lo_create(0) from generate_series(1, how_many));
    if is_taken then
        perform set_config('role', former, true);
    end if;
    return made;
end
$$;

-- Gives the rights on an object to the roles that shall have them and are here, and takes them from
-- the others, but for the present user. `owner`: who owns it at its source; where he does not own it
-- here, he may read and write it.
create or replace function replication.set_object_rights(lo oid, owner name, rights jsonb)
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    present jsonb := coalesce(replication.object_rights(lo), '[]');
    owned_by oid := (select m.lomowner from pg_largeobject_metadata as m where m.oid = lo);
    r record;
begin
    rights := coalesce(rights, '[]') || case
            when pg_get_userbyid(owned_by) = owner then '[]'
            else jsonb_build_array(
                jsonb_build_array(owner, 'SELECT', false), jsonb_build_array(owner, 'UPDATE', false))
        end;
    if present = rights or not pg_has_role(owned_by, 'usage') then
        return;
    end if;
    for r in
        select case when e.item ->> 0 = '' then 'public' else quote_ident(e.item ->> 0) end as grantee,
            e.item ->> 1 as privilege, (e.item ->> 2)::boolean as is_grantable, e.is_wanted
        from (
            select w as item, true as is_wanted
            from jsonb_array_elements(rights) as w
            where not present @> jsonb_build_array(w)
            union all
            select p, false
            from jsonb_array_elements(present) as p
            where not rights @> jsonb_build_array(p)
                and p ->> 0 <> current_user
        ) as e
        where e.item ->> 0 = ''
            or e.item ->> 0 in (select n.rolname from pg_roles as n)
        order by e.is_wanted
    loop
        if r.is_wanted then
            execute format('grant %s on large object %s to %s%s', r.privilege, lo, r.grantee,
                case when r.is_grantable then ' with grant option' else '' end);
        else
            execute format('revoke %s on large object %s from %s', r.privilege, lo, r.grantee);
        end if;
    end loop;
end
$$;
