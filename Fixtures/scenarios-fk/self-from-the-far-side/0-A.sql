insert into node values (1, null, 'root'), (2, 1, 'twig'), (3, 2, 'leaf'), (4, 1, 'other twig');
