select id, region, a, b, c from item order by 1, 2;
