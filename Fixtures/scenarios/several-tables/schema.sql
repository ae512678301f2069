create table z_customer (
    id integer primary key,
    name text not null
);
create table m_order (
    id integer primary key,
    customer integer not null references z_customer
);
create table a_line (
    m_order integer references m_order,
    line smallint,
    what text not null,
    primary key (m_order, line)
);
