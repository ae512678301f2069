create table employee (
    id integer primary key,
    name text not null,
    team integer not null,
    boss boolean not null
);
create unique index one_boss_a_team
    on employee (team)
    where boss;
create unique index one_name
    on employee (lower(name));
