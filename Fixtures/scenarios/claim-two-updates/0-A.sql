insert into account values (1, 'eve', 'old'), (2, 'bob', 'old');
