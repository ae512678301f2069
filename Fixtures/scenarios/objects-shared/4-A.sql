delete from letter;
delete from appendix where name = 'one';
