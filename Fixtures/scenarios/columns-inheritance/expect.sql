select * from only person;
table employee;
