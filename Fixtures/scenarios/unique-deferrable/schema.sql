create table seat (
    id integer primary key,
    number integer unique deferrable initially deferred,
    rank integer unique deferrable initially immediate,
    span int4range,
    exclude using gist (span with &&) deferrable initially deferred
);
