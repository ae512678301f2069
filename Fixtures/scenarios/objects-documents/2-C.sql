-- A second revision, a letter of its own, and a corrected text.
insert into revision (document, number, mime, lo, checked_in_by, comment)
select id, 2, 'application/pdf', page('signed', 700000), 'cid', 'signed'
from document
where title = 'Lease';
insert into document (folder, title, author)
select id, 'Reminder', 'cid'
from folder
where name = '2026';
insert into revision (document, number, mime, lo, checked_in_by)
select id, 1, 'text/plain', lo_from_bytea(0, 'Dear Sirs'), 'cid'
from document
where title = 'Reminder';
select lo_put(plain::oid, 3, 'offered')
from derivative
where plain is not null;
update derivative set plain = plain where plain is not null;
