create table item (id int, region int, a text, b text, c text, primary key (id, region))
    partition by list (region);
create table item_0 (c text, gone int, b text, a text, region int not null, id int not null);
alter table item_0 drop column gone;
alter table item attach partition item_0 for values in (0);
create table item_1 partition of item for values in (1) partition by range (id);
create table item_1_1 partition of item_1 default;
