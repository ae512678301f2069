update item set id = 'ONE' where id = 'one';
update item set id = 'four', a = 'A' where id = 'two';
update item set id = 'Three', a = 'A' where id = 'three';
