create table account (
    id integer primary key,
    balance integer not null,
    version integer not null default 0,
    shout text
);
create table total (
    id integer primary key,
    accounts integer not null,
    balance integer not null,
    statements integer not null
);
create table audit (
    id uuid primary key default gen_random_uuid(),
    account integer,
    what text
);
create function before_row()
    returns trigger
    language plpgsql
as $$
begin
    new.version := new.version + 1;
    new.shout := upper(new.shout) || '!';
    if new.balance < 0 then
        return null;
    end if;
    return new;
end
$$;
create function after_row()
    returns trigger
    language plpgsql
as $$
begin
    insert into audit (account, what) values (coalesce(new.id, old.id), tg_op);
    update total
    set
        accounts = accounts + (new is not null)::integer - (old is not null)::integer,
        balance = balance + coalesce(new.balance, 0) - coalesce(old.balance, 0);
    return null;
end
$$;
create function after_statement()
    returns trigger
    language plpgsql
as $$
begin
    update total
    set statements = statements + 1;
    return null;
end
$$;
create function after_truncate()
    returns trigger
    language plpgsql
as $$
begin
    insert into audit (what) values (tg_op);
    return null;
end
$$;
create trigger before_row
    before insert or update on account
    for each row execute function before_row();
create trigger after_row
    after insert or update or delete on account
    for each row execute function after_row();
create trigger after_statement
    after insert or update or delete on account
    for each statement execute function after_statement();
create table scratch (
    id integer primary key
);
create trigger after_truncate
    after truncate on scratch
    for each statement execute function after_truncate();
