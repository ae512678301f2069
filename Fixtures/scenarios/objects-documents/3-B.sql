-- The lease was filed by mistake: away with all of it. The scan of the offer is replaced.
select lo_unlink(thumbnail)
from derivative
where document in (select id from document where title = 'Lease') and thumbnail is not null;
delete from derivative where document in (select id from document where title = 'Lease');
delete from revision where document in (select id from document where title = 'Lease');
delete from document where title = 'Lease';
update revision
set lo = page('better', 400000), comment = 'scanned again'
where document in (select id from document where title like 'Offer%');
