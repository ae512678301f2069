-- gives Zoë Müller a new mobile number, moves a rehearsal, and files a score
update phone
set number = '+41 79 555 04 44'
where number = '+41 79 555 01 17';

update event
set place = 'Kirchgemeindehaus', starts = '2026-09-23 19:30+02'
where starts = '2026-09-22 19:30+02';

insert into document (title, lo)
select 'Stabat Mater, all voices', lo_from_bytea(0, convert_to(string_agg(line, E'\n'), 'UTF8'))
from (
    select format('%s, bar %s: %s %s fis2 | %s', voice, bar,
            (array['g2', 'a4', 'h2.'])[1 + bar % 3], (array['d4', 'c8', 'r4'])[1 + bar % 7 % 3],
            (array['Sta-', '-bat', 'Ma-', '-ter', 'do-', '-lo-', '-ro-', '-sa'])[1 + bar % 8])
            as line
    from unnest(array['Soprano', 'Alto', 'Tenor', 'Bass']) as voice
        cross join generate_series(1, 2000) as bar
) as score;
