-- The history of conflicts: both versions of a row that was changed on two sides, whole, and which
-- of them won. It replicates like data, so that every node can show it.

--   decided_by          the node on which a direction decided it
--   winner, loser       the rows; SQL null: the row was deleted
--   key                 the key of the loser, and of the winner too unless winner_key says
--                       otherwise
--   claimed             the unique or exclusion constraint over which rows of two keys met, if so
--   winner_texts, loser_texts   those of their columns, as text, whose json says less than they
--                       are: NULL or a json null, the bounds of an array, an hstore; null where it
--                       has none
create table if not exists replication.conflict (
    id uuid primary key default gen_random_uuid(),
    decided_at timestamptz not null,
    decided_by int not null,
    tablename text not null,
    key json not null,
    policy text not null,
    winner_origin int not null,
    winner_changed_at timestamptz not null,
    winner json,
    loser_origin int not null,
    loser_changed_at timestamptz not null,
    loser json,
    winner_key json,
    claimed text,
    winner_texts json,
    loser_texts json
);
alter table replication.conflict
    add column if not exists winner_key json,
    add column if not exists claimed text,
    add column if not exists winner_texts json,
    add column if not exists loser_texts json;
comment on table replication.conflict is
    'both versions of every row that was changed on two sides, and which of them won';

-- What each direction moved into this database.
create table if not exists replication.sync (
    id bigint generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    source int not null,
    staged bigint not null,
    inserted bigint not null,
    updated bigint not null,
    deleted bigint not null,
    truncated bigint not null,
    conflicts bigint not null
);
comment on table replication.sync is
    'what each direction that moved something moved into this node';
