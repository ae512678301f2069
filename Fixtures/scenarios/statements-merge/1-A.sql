merge into item
using (values (1, 'merged'), (2, null), (10, 'inserted')) as s (id, name)
    on item.id = s.id
when matched and s.name is null then
    delete
when matched then
    update set name = s.name
when not matched then
    insert values (s.id, s.name);
