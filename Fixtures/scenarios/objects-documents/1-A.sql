select replication.large_object('derivative', 'thumbnail');
select replication.large_object('derivative', 'plain');

insert into folder (name) values ('letters'), ('contracts');
insert into folder (parent, name) select id, '2026' from folder where name = 'letters';
insert into document (folder, title, author, keywords, received)
select id, 'Offer of the printer''s', 'B. Druck', '{offer,printing}', '2026-03-02'
from folder
where name = '2026';
insert into document (folder, title, author)
select id, 'Lease', 'Notary'
from folder
where name = 'contracts';
insert into revision (document, number, mime, lo, checked_in_by)
select id, 1, 'image/tiff', page(title, 300000), 'ann'
from document;
insert into derivative (document, number, thumbnail, plain)
select document, number, page('thumbnail', 5000),
    case when document = 1 then lo_from_bytea(0, 'We offer')::bigint end
from revision;
