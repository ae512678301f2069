do $$
begin
    update item
    set name = 'B'
    where id = 4;
    begin
        update item
        set name = 'never'
        where id = 5;
        insert into item values (4, 'duplicate');
    exception
        when unique_violation then
            update item
            set name = 'handled'
            where id = 6;
    end;
end
$$;
begin;
update item
set name = name || ' 1'
where id = 7;
update item
set name = name || ' 2'
where id = 7;
delete from item
where id = 7;
insert into item values (7, 'reborn');
update item
set id = 70
where id = 7;
update item
set id = 7
where id = 70;
delete from item
where id = 8;
commit;
