delete from child;
delete from parent;
