insert into item (id, m, a) values
    (1, 'sad', row('Main', 1, '{sad,"very happy"}')::address),
    (2, 'ok', null),
    (3, 'very happy', row(null, null, null)::address);
