create table booking (
    id integer primary key,
    during daterange not null,
    exclude using gist (during with &&)
);
