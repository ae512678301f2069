insert into like_the_log values (4, 'd', 4, null, 't', 'z');
delete from like_ours
where k1 = 2;
update like_ours
set k2 = 'c, B', "row" = '(x)'
where k1 = 3;
delete from "old"
where "new" = 2;
update "new"
set "row" = 'B'
where "old" = 2;
delete from awkward
where "Key" = 3;
update awkward
set
    "with space" = 'B1',
    "dou""ble" = 'B2',
    "sin'gle" = 'B3',
    "back\slash" = 'B4',
    "per%cent %s" = 'B5',
    "dol$lar $$" = 'B6',
    "select" = 'B7',
    "ключ" = 'B8',
    "a.b" = 'B9',
    " " = 'B10'
where "Key" = 4;
