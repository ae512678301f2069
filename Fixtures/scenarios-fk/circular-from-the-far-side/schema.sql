create table hen (
    id integer primary key,
    egg integer not null
);
create table egg (
    id integer primary key,
    hen integer not null references hen deferrable initially deferred
);
alter table hen
    add foreign key (egg) references egg deferrable initially deferred;
