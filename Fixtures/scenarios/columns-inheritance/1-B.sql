update person set b = 'B';
update employee set c = 'B';
