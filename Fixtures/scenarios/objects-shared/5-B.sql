select lo_unlink(second) from appendix;
update appendix set second = null;
