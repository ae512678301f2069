insert into item values
    (1, 'one', null),
    (2, 'two', null),
    (3, 'three', null),
    (4, 'four', null),
    (5, 'five', null);
