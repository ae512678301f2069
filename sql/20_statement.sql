-- Telling the statements of one query string apart, as the server itself does.

-- The first token of a text: space, a comment in one line, a string, a quoted name, a word, or one
-- character; of what has no end in the text, such as a string, its first character. What begins
-- with a dollar, and comments in slashes, are not known here.
create or replace function replication.token_of(rest text, backslashes boolean)
    returns text
    language sql
    immutable
return substring(rest from case
    when backslashes then
        '^(?:[ \t\n\r\f\x0B]+|--[^\n\r]*|(?:[uU]&)?"(?:[^"]|"")*"|(?:[bBxXnNeE]|[uU]&)?'
            '''(?:[^''\\]|''''|\\.)*''|[a-zA-Z_\x80-\U0010ffff][a-zA-Z_0-9$\x80-\U0010ffff]*|.)'
    else
        '^(?:[ \t\n\r\f\x0B]+|--[^\n\r]*|(?:[uU]&)?"(?:[^"]|"")*"|[eE]''(?:[^''\\]|''''|\\.)*'''
            '|(?:[bBxXnN]|[uU]&)?''(?:[^'']|'''')*'''
            '|[a-zA-Z_\x80-\U0010ffff][a-zA-Z_0-9$\x80-\U0010ffff]*|.)'
end);

-- How long a comment in slashes is, others within it counted in; null where it has no end here.
create or replace function replication.length_of_comment(rest text)
    returns int
    language plpgsql
    immutable
as $$
declare
    depth int := 0;
    place int := 1;
    mark text;
    next int;
begin
    loop
        next := regexp_instr(substr(rest, place), '/\*|\*/');
        if next = 0 then
            return null;
        end if;
        mark := substr(rest, place + next - 1, 2);
        place := place + next + 1;
        depth := depth + case mark when '/*' then 1 else -1 end;
        if depth = 0 then
            return place - 1;
        end if;
    end loop;
end
$$;

-- How long the token at the beginning of a text is. Null where it has no end in this text.
create or replace function replication.token_length(rest text, backslashes boolean)
    returns int
    language plpgsql
    immutable
as $$
declare
    token text;
    behind int;
begin
    if left(rest, 2) = '/*' then
        return replication.length_of_comment(rest);
    end if;
    if left(rest, 1) = '$' then
        token := substring(left(rest, 130)
            from '^\$(?:[a-zA-Z_\x80-\U0010ffff][a-zA-Z_0-9\x80-\U0010ffff]*)?\$');
        if token is null then
            return 1;
        end if;
        behind := strpos(substr(rest, length(token) + 1), token);
        return case when behind > 0 then behind - 1 + 2 * length(token) end;
    end if;
    token := replication.token_of(rest, backslashes);
    return case
        when token in ('''', '"') then null
        else length(token)
    end;
end
$$;

-- The first statement of a query string from a place on: what stands before the first semicolon
-- that is in no string, quoted name, comment, pair of parentheses or body in SQL (BEGIN ATOMIC).
-- Empty ones are passed over; null where there is none.
--   words       its keywords and names in their order: plain ones in lower case, quoted ones as
--       they
--               are called
--   places      where they stand in the statement, from 1
--   next_start  behind its semicolon
--
-- `backslashes`: whether a backslash escapes in plain strings, too (standard_conforming_strings is
-- off). `window_size`: so many characters are looked at first, as a query string can be large.
create or replace function replication.next_statement(
    query text,
    start int,
    backslashes boolean default false,
    window_size int default 2000,
    out statement text,
    out words text[],
    out places int[],
    out next_start int
)
    language plpgsql
    immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    rest text := substr(query, start, window_size);
    total constant int := length(rest);
    is_all constant boolean := total < window_size;
    i int := 1;
    near text := left(rest, 1100);
    near_start int := 1;
    size int;
    token text;
    beginning int;
    ending int;
    depth int := 0;
    bodies int := 0;
begin
    words := '{}';
    places := '{}';
    while i <= total loop
        -- Most tokens are short, and to find a place in a long text takes time.
        if i >= near_start + 1000 then
            near := substr(rest, i, 1100);
            near_start := i;
        end if;
        size := replication.token_length(substr(near, i - near_start + 1, 100), backslashes);
        if size is null or size = 100 then
            size := replication.token_length(substr(rest, i), backslashes);
        end if;
        if size is null and is_all then
            size := total - i + 1;
        end if;
        -- What touches the end of the window may go on behind it.
        if not is_all and (size is null or i + size > total) then
            exit;
        end if;
        token := case
            when size < 100 then substr(near, i - near_start + 1, size)
            else substr(rest, i, size)
        end;
        if token = ';' and depth = 0 and bodies = 0 then
            if beginning is not null then
                statement := substr(rest, beginning, ending - beginning);
                next_start := start + i;
                return;
            end if;
        elsif token !~ '^(?:[ \t\n\r\f\x0B]|--|/\*)' then
            beginning := coalesce(beginning, i);
            ending := i + size;
            depth := depth + case when token in ('(', '[') then 1 when token in (')', ']') then -1
                else 0 end;
            if token ~ '^(?:"|[a-zA-Z_\x80-\U0010ffff][^'']*$)' then
                words := words || case
                    when left(token, 1) = '"' then
                        replace(substr(token, 2, length(token) - 2), '""', '"')
                    else lower(token)
                end;
                places := places || i - beginning + 1;
                bodies := bodies + case
                    when depth > 0 or left(token, 1) = '"' then 0
                    when bodies = 0 then case
                        when lower(token) = 'atomic' and words[1] = 'create' then 1 else 0 end
                    when lower(token) = 'case' then 1
                    when lower(token) = 'end' then -1
                    else 0
                end;
            end if;
        end if;
        i := i + size;
    end loop;
    if not is_all then
        select n.* into statement, words, places, next_start
        from replication.next_statement(query, start, backslashes, window_size * 8) as n;
    elsif beginning is not null then
        statement := substr(rest, beginning, ending - beginning);
        next_start := start + total;
    end if;
end
$$;
comment on function replication.next_statement(text, int, boolean, int) is
    'the first statement of a query string from a place on, cut out exactly';

-- All statements of a query string.
create or replace function replication.statements_of(query text, backslashes boolean default false)
    returns table (statement text, words text[], places int[])
    language plpgsql
    immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    place int := 1;
    s record;
begin
    loop
        s := replication.next_statement(query, place, backslashes);
        exit when s.statement is null;
        statement := s.statement;
        words := s.words;
        places := s.places;
        return next;
        place := s.next_start;
    end loop;
end
$$;
comment on function replication.statements_of(text, boolean) is
    'the statements of a query string, each cut out exactly';

-- What an ALTER TABLE does, each part as a statement of its own. Others, and those of which a part
-- may read what another one changes (USING), are left whole.
create or replace function replication.alterations_of(statement text)
    returns text[]
    language plpgsql
    immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    s record := replication.next_statement(statement, 1);
    parts text[] := '{}';
    head text;
    beginning int;
    i int;
    token text;
    before text := '.';
    depth int := 0;
begin
    if s.words[1:2] <> array['alter', 'table'] or s.words[3] = 'all'
        or cardinality(array_positions(s.words, 'using')) > 1
    then
        return array[statement];
    end if;
    select s.places[min(w.number)] into i
    from unnest(s.words) with ordinality as w (word, number)
    where w.number > 2
        and (w.word not in ('if', 'exists', 'only') or substr(statement, s.places[w.number], 1) = '"');
    while i <= length(statement) loop
        token := substr(statement, i, coalesce(
            replication.token_length(substr(statement, i), false), length(statement)));
        -- The table's name ends with the first word or name that follows no dot, but for a star.
        if head is null and token !~ '^(?:[ \t\n\r\f\x0B]|--|/\*)' then
            if token not in ('.', '*') and before <> '.' then
                head := left(statement, i - 1);
                beginning := i;
            end if;
            before := token;
        end if;
        depth := depth + case when token in ('(', '[') then 1 when token in (')', ']') then -1
            else 0 end;
        if token = ',' and depth = 0 then
            parts := parts || (head || substr(statement, beginning, i - beginning));
            beginning := i + 1;
        end if;
        i := i + length(token);
    end loop;
    return parts || (head || substr(statement, beginning));
end
$$;
comment on function replication.alterations_of(text) is
    'what an ALTER TABLE does, each part as a statement of its own';
