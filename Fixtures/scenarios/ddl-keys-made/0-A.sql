insert into t (a, b) select 'a' || g, 'b' || g from generate_series(1, 5) as g;
insert into u (a) select a from t;
insert into v select id, a from t;
insert into w (a) select a from t;
