select id, name, phone, town from singer order by id;
