-- deletes Tom Baker, and with him his numbers and answers (ON DELETE CASCADE)
delete from person
where name = 'Tom Baker';
