create table like_the_log (
    xid integer,
    origin text,
    via integer,
    changed_at timestamptz,
    action "char",
    key text,
    primary key (action, via, origin, xid)
);
create table like_ours (
    k1 integer,
    k2 text,
    c1 text,
    c2 text,
    new text,
    old text,
    "row" text,
    present boolean,
    primary key (k2, k1)
);
create table "old" (
    "new" integer primary key,
    "old" text,
    "table" text,
    "order" text,
    "user" text,
    tg_op text,
    found boolean,
    self text,
    "source" text,
    target text,
    staged text,
    "ctid_" text,
    x text,
    t text
);
create table "new" (
    "old" integer,
    "new" integer,
    "row" text,
    "value" text,
    primary key ("old", "new")
);
create table awkward (
    "Key" integer,
    "key" integer,
    "with space" text,
    "dou""ble" text,
    "sin'gle" text,
    "back\slash" text,
    "per%cent %s" text,
    "dol$lar $$" text,
    "select" text,
    "ключ" text,
    "a.b" text,
    " " text,
    a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same1 text,
    a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same2 text,
    primary key ("Key", "key", "dou""ble", "ключ")
);
