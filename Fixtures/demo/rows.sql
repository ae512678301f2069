-- What node A has before it is replicated; the keys come from the sequences.

insert into person (name, town, born) values
    ('Zoë Müller', 'Zürich', '1988-04-17'),
    ('Łukasz Wiśniewski', 'Gdańsk', '1979-11-02'),
    ('Søren Ødegård', 'Tromsø', '1965-07-30'),
    ('Jiří Dvořák', 'Plzeň', '1991-01-09'),
    ('Françoise Lefèvre', 'Besançon', '1958-12-24'),
    ('Åsa Lindström', 'Malmö', '1983-06-06'),
    ('İpek Yılmaz', 'İzmir', '1996-09-14'),
    ('Ágnes Szőke', 'Győr', '1972-03-21'),
    ('山田 花子', '京都', '1990-05-05'),
    ('Νίκος Παπαδόπουλος', 'Θεσσαλονίκη', '1969-08-15'),
    ('Ольга Кузнецова', 'Таллин', '1985-02-28'),
    ('Nguyễn Thị Mai', 'Huế', '1994-10-10'),
    ('Seán Ó Briain', 'Gaillimh', '1977-03-17'),
    ('Begoña Ibáñez', 'Logroño', '1981-07-07'),
    ('João Gonçalves', 'Évora', '1963-06-10'),
    ('Mária Kováčová', 'Košice', '1999-12-31'),
    ('Guðrún Jónsdóttir', 'Ísafjörður', '1974-06-17'),
    ('Ștefan Țurcanu', 'Iași', '1987-01-24'),
    ('Ružica Đorđević', 'Niš', '1992-11-11'),
    ('Jürgen Weiß', 'Görlitz', '1955-09-01'),
    ('Amélie d''Août', 'Liège', '2001-08-20'),
    ('Tom Baker', 'Leeds', '1968-10-05'),
    ('Mihkel Põld', 'Võru', '1989-02-24'),
    ('Kateřina Šťastná', 'Žďár', null);

insert into phone (person, kind, number)
select p.id, n.kind, n.number
from (values
        ('Zoë Müller', 'mobile', '+41 79 555 01 17'),
        ('Zoë Müller', 'work', '+41 44 555 02 40'),
        ('Łukasz Wiśniewski', 'mobile', '+48 500 555 301'),
        ('Søren Ødegård', 'mobile', '+47 455 50 117'),
        ('Søren Ødegård', 'home', '+47 775 55 021'),
        ('Jiří Dvořák', 'mobile', '+420 601 555 114'),
        ('Françoise Lefèvre', 'home', '+33 1 99 00 12 34'),
        ('Åsa Lindström', 'mobile', '+46 70 174 06 05'),
        ('İpek Yılmaz', 'mobile', '+90 505 555 01 96'),
        ('Ágnes Szőke', 'work', '+36 96 555 172'),
        ('山田 花子', 'mobile', '+81 90 5550 1290'),
        ('Νίκος Παπαδόπουλος', 'mobile', '+30 694 555 0169'),
        ('Ольга Кузнецова', 'mobile', '+372 5550 1185'),
        ('Nguyễn Thị Mai', 'mobile', '+84 91 555 0194'),
        ('Seán Ó Briain', 'mobile', '+353 20 913 0177'),
        ('Begoña Ibáñez', 'home', '+34 941 555 081'),
        ('João Gonçalves', 'mobile', '+351 925 550 163'),
        ('Mária Kováčová', 'mobile', '+421 905 555 199'),
        ('Guðrún Jónsdóttir', 'mobile', '+354 555 0174'),
        ('Ștefan Țurcanu', 'work', '+40 232 555 087'),
        ('Ružica Đorđević', 'mobile', '+381 63 555 0192'),
        ('Jürgen Weiß', 'home', '+49 30 23125 055'),
        ('Amélie d''Août', 'mobile', '+32 460 55 50 01'),
        ('Tom Baker', 'mobile', '+44 7700 900168'),
        ('Tom Baker', 'home', '+44 113 496 0168'),
        ('Mihkel Põld', 'mobile', '+372 5550 1189'),
        ('Kateřina Šťastná', 'mobile', '+420 601 555 190')
    ) as n (name, kind, number)
    join person as p using (name);

insert into event (title, place, starts, minutes) values
    ('Rehearsal: Brahms, Nänie', 'Schützenhaus', '2026-09-01 19:30+02', 120),
    ('Rehearsal: Brahms, Nänie', 'Schützenhaus', '2026-09-08 19:30+02', 120),
    ('Rehearsal: Dvořák, Stabat Mater', 'Schützenhaus', '2026-09-15 19:30+02', 120),
    ('Rehearsal: Dvořák, Stabat Mater', 'Schützenhaus', '2026-09-22 19:30+02', 120),
    ('Weekend in the hills', 'Château-d''Œx', '2026-09-26 10:00+02', 1800),
    ('Dress rehearsal', 'Fraumünster', '2026-10-09 18:00+02', 180),
    ('Concert', 'Fraumünster', '2026-10-10 19:00+02', 105),
    ('Concert', 'Église Saint-François', '2026-10-11 17:00+02', 105),
    ('Annual meeting', 'Café Zähringer', '2026-11-03 20:00+01', 90),
    ('Carols', 'Bahnhofplatz', '2026-12-13 16:00+01', 60);

-- Everybody is asked to everything; not everybody has answered.
insert into attendance (event, person, answer)
select e.id, p.id, (array['yes', 'yes', 'no', 'maybe'])[1 + (3 * e.id + p.id) % 4]
from event as e
    cross join person as p
where (7 * e.id + 5 * p.id) % 4 = 0;

insert into reminder (event, due, note)
select id, starts - interval '2 days', 'Bring the score: ' || title
from event
where title like 'Rehearsal%'
union all
select id, starts - interval '1 week', 'Pay for the room: ' || place
from event
where minutes > 120;
