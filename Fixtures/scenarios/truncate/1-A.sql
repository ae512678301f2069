truncate plain;
truncate parent cascade;
