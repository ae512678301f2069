insert into document values
    (3, '<?xml version="1.0"?><a>&lt;&amp;&#233;</a>'),
    (4, ''),
    (5, null);
update document
set x = 'two <i>fragments</i>'
where id = 1;
