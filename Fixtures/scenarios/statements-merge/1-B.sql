merge into item
using (values (3, 'merged by B'), (4, null), (11, 'inserted by B'), (12, null)) as s (id, name)
    on item.id = s.id
when matched and s.name is null then
    delete
when matched then
    update set id = 30, name = s.name
when not matched and s.name is not null then
    insert values (s.id, s.name)
when not matched then
    do nothing;
