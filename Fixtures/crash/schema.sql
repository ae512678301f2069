-- What a crash in the middle of a sync can meet. See Tests/TrompeTests/Crash.
create table parent (id int primary key, name text unique);
create table child (id int primary key, parent int not null references parent);
create table item (id int primary key, val text);
create table note (id int primary key, a text, b text);
create table scratch (id int primary key, val text);
create table wipe (id int primary key, val text);
create table paper (id int primary key, lo oid);

-- Keeps what either side wrote.
create function merge_note(older jsonb, newer jsonb) returns jsonb
    language sql
    immutable
return jsonb_build_object(
    'id', newer -> 'id',
    'a', coalesce(nullif(older -> 'a', 'null'), newer -> 'a'),
    'b', coalesce(nullif(older -> 'b', 'null'), newer -> 'b'));
