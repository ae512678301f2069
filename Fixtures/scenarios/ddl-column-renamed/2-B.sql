alter table person rename last to family;
