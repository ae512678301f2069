select id, a, b, c, d, e, f, g, h from item order by id;
