-- What this database is in the tree: its number, its name, and its clock.
--
-- All files are run again by an upgrade: tables stay as they are, so that a column that came with a
-- later version is added by an ALTER TABLE ... ADD COLUMN IF NOT EXISTS behind its table.

create schema if not exists replication;
-- Whatever default privileges say: who may use the schema is granted by name.
revoke all on schema replication from public;
comment on schema replication is
    'trompe: asynchronous multi-master replication; see the functions in it for what they do';

-- The version of this schema. An agent refuses one that is newer than itself.
--   digest        of the files that were installed last under this number: other builds of one version
--                 do not use each other's
create table if not exists replication.version (
    number int primary key,
    installed_at timestamptz not null default now(),
    digest text
);
alter table replication.version
    add column if not exists digest text;

-- One row: this node.
--   identity      made at installation; tells two nodes apart that were given one number
--   modulus       the M of the tree: node n draws the sequence numbers that are n modulo M
--   database      the oid of the database it was installed in: a copy has another one
--   server        the system identifier of its server when it was installed or last rejoined; a
--                 hint at where a copy was made, and no proof, as pg_upgrade changes it
--   keep          how long a log entry outlives its acknowledgement by all neighbours: by these entries
--                 the neighbours of a node that died find out what they have of each other's
--   purged_at     when the logs were last looked through for entries that may go
--   purged_to     what that has removed at the most: entries that this shows
--   compacted_to  what compacting has removed at the most of the entries that came from neighbours:
--                 those below this number
create table if not exists replication.self (
    only_row boolean primary key default true check (only_row),
    number int not null check (number between 1 and modulus),
    name text not null,
    identity uuid not null default gen_random_uuid(),
    modulus int not null check (modulus between 2 and 32767),
    database oid not null,
    keep interval not null default '7 days',
    installed_at timestamptz not null default now(),
    server bigint,
    purged_at timestamptz,
    purged_to pg_snapshot,
    compacted_to bigint
);
alter table replication.self
    add column if not exists server bigint,
    add column if not exists purged_at timestamptz,
    add column if not exists purged_to pg_snapshot,
    add column if not exists compacted_to bigint,
    alter column keep set default '7 days';

-- The offset of the clock: microseconds that are added to the server's own; raised by a direction,
-- so that whatever is done after it is later than everything that it brought. In a sequence, and
-- not in a table, as a transaction with an old snapshot must not see an old offset: what it does
-- after others would be earlier. That a rollback does not lower it again does no harm.
create sequence if not exists replication.clock as bigint minvalue 0 start 0;

-- The time of a change made now: the server's clock plus the offset (a hybrid clock: it never runs
-- behind a change that this node has seen).
create or replace function replication.now()
    returns timestamptz
    language sql
    volatile
    set search_path = ''
begin atomic
    select clock_timestamp() + last_value * interval '1 microsecond'
    from replication.clock;
end;
comment on function replication.now() is 'the time that a change made now is given';

-- Makes every later change of this node later than the time `seen`; does nothing where it is so
-- already. Two directions that raise it at once wait for each other: the lower one must not win.
create or replace function replication.raise_clock(seen timestamptz)
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if (isfinite(seen) and replication.now() <= seen) is not true then
        return;
    end if;
    perform
    from replication.self
    for update;
    if replication.now() <= seen then
        perform setval('replication.clock',
            ceil(extract(epoch from seen - clock_timestamp()) * 1000000)::bigint + 1000);
    end if;
end
$$;
comment on function replication.raise_clock(timestamptz) is
    'makes every later change of this node later than the given time';

-- Makes every later change of this node later than the time `seen`, which was its own once: the
-- clock may have been set back since. Returns the time that it is now.
create or replace function replication.keep_clock(seen timestamptz)
    returns timestamptz
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform replication.raise_clock(seen);
    return replication.now();
end
$$;
comment on function replication.keep_clock(timestamptz) is
    'goes on from a time that this node had before, and returns the time that it is now';

-- The clock is set from the beginning: else the capture functions would read it in a slower way. Version 1
-- had the offset in replication.self. The column stays there: a statement that is under way during an
-- upgrade may still read it.
do $$
declare
    old_offset interval;
begin
    if (select is_called from replication.clock) then
        return;
    end if;
    -- As those who raise it do.
    perform
    from replication.self
    for update;
    if (select is_called from replication.clock) then
        return;
    end if;
    if exists (
        select
        from pg_attribute
        where attrelid = 'replication.self'::regclass
            and attname = 'clock_offset'
    ) then
        execute 'select clock_offset from replication.self' into old_offset;
    end if;
    perform setval('replication.clock',
        ceil(extract(epoch from coalesce(old_offset, '0')) * 1000000)::bigint);
end
$$;
