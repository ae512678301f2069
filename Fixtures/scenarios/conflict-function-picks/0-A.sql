insert into bid values (1, 1, 'start'), (2, 1, 'start'), (3, 1, 'start'), (4, 1, 'start');
