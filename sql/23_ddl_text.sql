-- Changes of schema: how they come into the list of events.
--
-- Event triggers see every statement that changes the schema, but only what it did: pg_ddl_command
-- is for C. So the statement's own text is cut out of what was sent. Where it was sent by a client,
-- that is current_query(), of which the place reached so far is remembered for the session. Where
-- PL/pgSQL executed it (DO, a function, a trigger), it stands in the error context, and so does who
-- called whom.

-- Kinds of statements that stay on their node: what they say is about this server, or about data.
create or replace function replication.is_local_tag(tag text)
    returns boolean
    language sql
    immutable
    set search_path = ''
return tag in ('REFRESH MATERIALIZED VIEW', 'REINDEX', 'CREATE SERVER', 'ALTER SERVER', 'DROP SERVER',
    'CREATE USER MAPPING', 'ALTER USER MAPPING', 'DROP USER MAPPING', 'IMPORT FOREIGN SCHEMA',
    'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'DROP FOREIGN TABLE',
    'CREATE FOREIGN DATA WRAPPER', 'ALTER FOREIGN DATA WRAPPER', 'DROP FOREIGN DATA WRAPPER',
    'CREATE PUBLICATION', 'ALTER PUBLICATION', 'DROP PUBLICATION',
    'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION', 'DROP SUBSCRIPTION',
    'CREATE ACCESS METHOD', 'DROP ACCESS METHOD', 'ALTER LARGE OBJECT', 'LOGIN');

-- Whether a statement, by its first words, is of the kind that PostgreSQL calls `tag`, and one that fires
-- event triggers: rights on what databases share, and roles as members, are granted without.
create or replace function replication.is_tagged(words text[], tag text)
    returns boolean
    language plpgsql
    immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    wanted text[] := string_to_array(lower(case
        when tag = 'CREATE TABLE AS' then 'CREATE TABLE' else tag end), ' ');
    place int := 1;
    w text;
begin
    if tag = 'SELECT INTO' then
        return words[1] in ('select', 'with', 'table', 'values') and 'into' = any (words);
    end if;
    if words[1] <> wanted[1] then
        return false;
    end if;
    if tag in ('GRANT', 'REVOKE') then
        place := array_position(words, 'on');
        return place is not null and not (
            words[place + 1] in ('database', 'tablespace', 'parameter')
            and words[place + 2] not in ('to', 'from')
        );
    end if;
    foreach w in array wanted loop
        place := place + array_position((words[place : place + 5]), w);
        if place is null then
            return false;
        end if;
    end loop;
    return true;
end
$$;

-- What of a session says how the text of a statement is read.
create or replace function replication.reading_settings(path text)
    returns jsonb
    language sql
    stable
    set search_path = ''
return jsonb_build_object('search_path', path) || (
    select jsonb_object_agg(s.name, s.setting)
    from pg_settings as s
    where s.name in ('TimeZone', 'DateStyle', 'IntervalStyle', 'standard_conforming_strings',
        'check_function_bodies', 'xmloption', 'default_text_search_config', 'transform_null_equals',
        'array_nulls', 'lc_monetary', 'default_toast_compression', 'quote_all_identifiers')
);

-- The statement of a query string that is being executed now: the next one behind those that were
-- captured already in this same message of the client, and of the kind `tag`. Null where it cannot
-- be told; the only word is "extension" where an extension''s script does it. `peek`: it will be
-- asked for again.
create or replace function replication.present_statement(
    query text,
    tag text,
    peek boolean,
    out statement text,
    out words text[],
    out places int[]
)
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    backslashes constant boolean := current_setting('standard_conforming_strings') = 'off';
    message constant text := concat_ws(' ', extract(epoch from statement_timestamp()), md5(query));
    memory constant text := coalesce(current_setting('replication.position', true), '');
    place int := 1;
    s record;
begin
    if query ~* '\m(rollback|abort|savepoint)\M' and exists (
        select
        from replication.statements_of(query, backslashes) as d
        where d.words[1] in ('rollback', 'abort', 'savepoint')
    ) then
        -- What was done may have been undone, and our memory with it: only one statement may be meant.
        select min(d.statement), min(d.words), min(d.places) into statement, words, places
        from replication.statements_of(query, backslashes) as d
        where replication.is_tagged(d.words, tag)
        having count(*) = 1;
        return;
    end if;
    if left(memory, length(message)) = message then
        place := substr(memory, length(message) + 2)::int;
    end if;
    loop
        s := replication.next_statement(query, place, backslashes);
        exit when s.statement is null;
        if s.words[1] in ('create', 'alter') and s.words[2] = 'extension'
            and tag not in ('CREATE EXTENSION', 'ALTER EXTENSION')
        then
            words := '{extension}';
            return;
        end if;
        place := s.next_start;
        if replication.is_tagged(s.words, tag) then
            statement := s.statement;
            words := s.words;
            places := s.places;
            exit;
        end if;
    end loop;
    if not peek then
        perform set_config('replication.position', message || ' ' || place, false);
    end if;
end
$$;

-- The text of the statement that an event trigger was fired by, from its own context: what PL/pgSQL
-- executed, else what the client sent.
create or replace function replication.captured_statement(
    context text,
    query text,
    tag text,
    peek boolean,
    out statement text,
    out words text[],
    out places int[]
)
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    outer_lines text := substr(context, strpos(context, E'\n') + 1);
begin
    if strpos(context, E'\n') = 0 then
        select p.* into statement, words, places
        from replication.present_statement(query, tag, peek) as p;
    elsif outer_lines ~ '(^|\n)extension script file "' then
        words := '{extension}';
    elsif starts_with(outer_lines, 'SQL statement "') then
        select p.* into statement, words, places
        from replication.present_statement(
            substring(outer_lines from '^SQL statement "(.*?)"\nPL/pgSQL function '), tag, peek) as p;
    end if;
end
$$;

-- The statement without CONCURRENTLY, which no transaction may use.
create or replace function replication.without_concurrently(statement text, words text[], places int[])
    returns text
    language sql
    immutable
    set search_path = ''
return coalesce(
    (
        select overlay(statement placing '' from places[w.number::int] for 12)
        from unnest(words) with ordinality as w (word, number)
        where w.word = 'concurrently'
            and words[1] in ('create', 'drop', 'alter')
            and substr(statement, places[w.number::int], 1) <> '"'
            and (words[1] <> 'alter' or w.number = cardinality(words))
            and (words[1] = 'alter' or w.number <= 4)
        limit 1
    ),
    statement);
