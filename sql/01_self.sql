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
create table if not exists replication.version (
    number int primary key,
    installed_at timestamptz not null default now()
);

-- One row: this node.
--   identity      made at installation; tells two nodes apart that were given one number
--   modulus       the M of the tree: node n draws the sequence numbers that are n modulo M
--   clock_offset  added to the server's clock; raised by a direction, so that whatever is done
--                 after it is later than everything that it brought
--   database      the oid of the database it was installed in: a copy has another one
--   server        the system identifier of its server when it was installed or last rejoined; a
--                 hint at where a copy was made, and no proof, as pg_upgrade changes it
--   keep          how long a log entry outlives its acknowledgement by all neighbours
create table if not exists replication.self (
    only_row boolean primary key default true check (only_row),
    number int not null check (number between 1 and modulus),
    name text not null,
    identity uuid not null default gen_random_uuid(),
    modulus int not null check (modulus between 2 and 32767),
    clock_offset interval not null default '0',
    database oid not null,
    keep interval not null default '1 day',
    installed_at timestamptz not null default now(),
    server bigint
);
alter table replication.self
    add column if not exists server bigint;

-- The time of a change made now: the server's clock plus the stored offset (a hybrid clock: it never
-- runs behind a change that this node has seen).
create or replace function replication.now()
    returns timestamptz
    language sql
    volatile
    set search_path = ''
begin atomic
    select clock_timestamp() + clock_offset
    from replication.self;
end;
comment on function replication.now() is 'the time that a change made now is given';

-- Makes every later change of this node later than the time `seen`; does nothing where it is so
-- already.
create or replace function replication.raise_clock(seen timestamptz)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.self
    set clock_offset = seen - clock_timestamp() + interval '1 millisecond'
    where isfinite(seen)
        and clock_timestamp() + clock_offset <= seen;
end;
comment on function replication.raise_clock(timestamptz) is
    'makes every later change of this node later than the given time';
