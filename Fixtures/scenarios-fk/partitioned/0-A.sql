insert into parent values (1, 'one'), (11, 'eleven'), (12, 'twelve');
