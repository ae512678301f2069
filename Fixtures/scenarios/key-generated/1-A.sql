update item
set n = 10
where slug = 'one';
update item
set name = 'Drei'
where slug = 'three';
delete from pair
where a = 1;
