truncate scratch;
