create schema "Other Schema";
create schema "select";
create table "UPPER" (id integer primary key, v text);
create table upper (id integer primary key, v text);
create table "with space" (id integer primary key, v text);
create table "dou""ble" (id integer primary key, v text);
create table "sin'gle" (id integer primary key, v text);
create table "back\slash" (id integer primary key, v text);
create table "per%cent %I %s" (id integer primary key, v text);
create table "dol$lar $$ $1" (id integer primary key, v text);
create table "select" (id integer primary key, v text);
create table "user" (id integer primary key, v text);
create table "Größe und Maß 漢字 🐘" (id integer primary key, v text);
create table "a.b" (id integer primary key, v text);
create table "new
line" (id integer primary key, v text);
create table "-- comment /*" (id integer primary key, v text);
create table " " (id integer primary key, v text);
create table "1" (id integer primary key, v text);
create table a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same1 (
    id integer primary key,
    v text
);
create table a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same2 (
    id integer primary key,
    v text
);
create table "ünïcödé_näme_öf_sïxty_thréé_bytés_whïch_énd_ööö1" (
    id integer primary key,
    v text
);
create table "ünïcödé_näme_öf_sïxty_thréé_bytés_whïch_énd_ööö2" (
    id integer primary key,
    v text
);
create table "Other Schema".upper (id integer primary key, v text);
create table "Other Schema"."a.b" (id integer primary key, v text);
create table "select"."select" (id integer primary key, v text);
create table "select".log (id integer primary key, v text);
create table log_1 (id integer primary key, v text);
