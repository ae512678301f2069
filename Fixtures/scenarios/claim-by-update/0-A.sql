insert into account values (1, 'eve', 'old');
