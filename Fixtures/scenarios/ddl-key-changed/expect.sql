select * from item order by shop, no;
select * from late order by id;
