-- empties the table reminder (TRUNCATE)
truncate reminder;
