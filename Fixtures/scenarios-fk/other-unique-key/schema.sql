create table parent (
    id integer primary key,
    country text not null,
    code text not null,
    unique (country, code)
);
create table child (
    id integer primary key,
    code text,
    country text,
    foreign key (country, code) references parent (country, code)
);
