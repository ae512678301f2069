create table k_numeric (k numeric primary key, v text);
create table k_float (k double precision primary key, v text);
create table k_interval (k interval primary key, v text);
create table k_two (a integer, k numeric, v text, primary key (k, a));
create table k_array (k numeric[] primary key, v text);
