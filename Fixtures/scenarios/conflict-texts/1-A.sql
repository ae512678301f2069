update item
set list = '[3:4]={5,6}',
    doc = 'null',
    during = '[2020-01-01,2021-01-01)';
