select * from person order by id;
select id, mood, tags from library.shelf;
select * from library.counted;
select * from b1;
select to_regclass('done_1'), to_regclass('library.names'), to_regclass('b1_s_idx');
select obj_description('person'::regclass), col_description('person'::regclass, 2);
