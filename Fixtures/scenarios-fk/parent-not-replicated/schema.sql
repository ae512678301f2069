create table currency (
    code text unique
);
insert into currency values ('EUR'), ('DKK');
create table price (
    id integer primary key,
    currency text references currency (code)
);
