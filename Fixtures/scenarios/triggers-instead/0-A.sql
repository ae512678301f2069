insert into item values (1, 'soft one'), (2, 'hard two'), (3, 'soft three');
