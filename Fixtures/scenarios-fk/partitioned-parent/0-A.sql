insert into parent values
    (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four'), (11, 'eleven'), (12, 'twelve');
