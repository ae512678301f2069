-- Written through one of them.
select lo_put(lo, 0, 'ONE') from letter where id = 1;
update letter set lo = lo where id = 1;
