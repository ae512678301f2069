create table item (
    id integer primary key,
    name text,
    deleted boolean not null default false
);
create view simple as
select id, name
from item
where not deleted;
create view loud as
select id, upper(name) as name
from item;
create view ruled as
select id, name
from item;
create function loud_write()
    returns trigger
    language plpgsql
as $$
begin
    insert into item (id, name) values (new.id, lower(new.name));
    return new;
end
$$;
create trigger loud_write
    instead of insert on loud
    for each row execute function loud_write();
create rule ruled_insert as
    on insert to ruled
    do instead insert into item (id, name) values (new.id, new.name || ' by rule');
create function soft_delete()
    returns trigger
    language plpgsql
as $$
begin
    update item
    set deleted = true
    where id = old.id;
    return null;
end
$$;
create trigger soft_delete
    before delete on item
    for each row
    when (old.name like 'soft%')
    execute function soft_delete();
