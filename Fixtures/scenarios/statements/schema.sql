create table item (
    id integer primary key,
    name text,
    n integer not null default 0
);
create table moved (
    id integer primary key,
    name text
);
create function add_item(new_id integer, new_name text)
    returns integer
    language sql
as $$
    insert into item (id, name) values (new_id, new_name)
    returning id;
$$;
create function add_items(how_many integer)
    returns void
    language plpgsql
    security definer
    set search_path = public
as $$
begin
    for i in 1 .. how_many loop
        perform add_item(200 + i, 'by function');
    end loop;
end
$$;
create procedure rename(old_name text, new_name text)
    language sql
begin atomic
    update item
    set name = new_name
    where name = old_name;
end;
