truncate s, i restart identity;
