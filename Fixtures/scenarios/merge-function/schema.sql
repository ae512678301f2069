create table note (id int primary key, text text);
create function joined(older jsonb, newer jsonb)
    returns jsonb
    language sql
return jsonb_build_object('text', older ->> 'text' || ', then ' || (newer ->> 'text'));
