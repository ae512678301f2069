insert into public.item (id, d, tsz, t) values (3, '2024-12-11', '2024-12-11 10:09:08.000001-05', 'Zoë é');
update public.by_date
set v = 'a, A'
where v = 'a';
update elsewhere.item
set name = 'elsewhere, A';
