insert into person values
    ('Bob', 'bobby', 30),
    ('Ann', null, 40),
    ('Cid', 'El', 50),
    ('dan', 'dd', 60);
