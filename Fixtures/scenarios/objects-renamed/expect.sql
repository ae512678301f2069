select id, convert_from(lo_get(file), 'utf8'), convert_from(lo_get(lo), 'utf8') from paper order by id;
