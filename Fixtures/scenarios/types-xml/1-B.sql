insert into document values (6, '<b attribute="quoted">Zoë</b>');
