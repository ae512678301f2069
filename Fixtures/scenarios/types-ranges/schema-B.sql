create type dummy_1 as range (
    subtype = integer
);
create type dummy_2 as (a integer);
create type float_range as range (
    subtype = double precision,
    subtype_diff = float8mi
);
create table item (
    id integer primary key,
    i4 int4range,
    i8 int8range,
    n numrange,
    d daterange,
    ts tsrange,
    tz tstzrange,
    f float_range,
    i4m int4multirange,
    nm nummultirange,
    tzm tstzmultirange,
    fm float_multirange
);
