create table parent (
    id integer primary key,
    code text unique
);
create table child (
    id integer primary key,
    code text references parent (code) deferrable initially deferred
);
