// libpq and the numbers of the types that PostgreSQL itself brings along.
#include <libpq-fe.h>
