insert into document values
    (1, 'no <b>root</b> at all'),
    (2, '<a/>');
