insert into item values
    (1, 'a=>1, b=>NULL, "c d"=>"e\"f"', 'Bob', 'Top.Science', '(1,2),(3,4)', '{}', '{}'),
    (2, '', '', '', '(0)', array['a=>1'::hstore, null], '{A,a,NULL}');
