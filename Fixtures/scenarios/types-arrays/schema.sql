create table item (
    id integer primary key,
    i integer[],
    t text[],
    n numeric[],
    f double precision[],
    d date[],
    b bytea[],
    bo boolean[],
    j json[],
    u uuid[],
    p point[],
    bx box[],
    r int4range[],
    ts timestamptz[]
);
