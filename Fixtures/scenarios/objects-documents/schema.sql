create extension lo;

create table folder (
    id serial primary key,
    parent int references folder on delete cascade,
    name text not null,
    unique (parent, name)
);

create table document (
    id serial primary key,
    folder int not null references folder on delete cascade,
    title text not null,
    author text not null,
    keywords text[] not null default '{}',
    received date,
    unique (folder, title)
);

-- What was scanned or written, as it was filed.
create table revision (
    document int references document on delete cascade,
    number int,
    mime text not null,
    lo lo not null,
    checked_in_by text not null,
    comment text,
    primary key (document, number)
);

-- What a program made of it: the first page as a picture, and its text, if any.
create table derivative (
    document int,
    number int,
    thumbnail oid,
    plain bigint,
    primary key (document, number),
    foreign key (document, number) references revision on delete cascade
);

-- As the application does it: what a row does not name any more is unlinked with it.
create trigger keep_tidy before update or delete on revision
    for each row execute function lo_manage(lo);

-- A page of a scanner, so many bytes long: other ones for each text.
create function page(text text, bytes int) returns oid language sql as $$
    select lo_from_bytea(0, substr(decode(string_agg(md5(text || i), ''), 'hex'), 1, bytes))
    from generate_series(0, bytes / 16) as i
$$;

create function shown(lo oid) returns text language sql as $$
    select case when lo is not null then length(lo_get(lo)) || ' ' || left(md5(lo_get(lo)), 6) end
$$;
