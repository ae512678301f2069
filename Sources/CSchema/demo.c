#include "schema.h"

// The folder Fixtures/demo/, for `trompe demo`, carried inside the binary as sql/ is in schema.c.

static const char schema_sql[] = {
#embed "../../Fixtures/demo/schema.sql" suffix(, )
    0};
static const char rows_sql[] = {
#embed "../../Fixtures/demo/rows.sql" suffix(, )
    0};
static const char changes_a_sql[] = {
#embed "../../Fixtures/demo/changes-A.sql" suffix(, )
    0};
static const char changes_b_sql[] = {
#embed "../../Fixtures/demo/changes-B.sql" suffix(, )
    0};
static const char changes_c_sql[] = {
#embed "../../Fixtures/demo/changes-C.sql" suffix(, )
    0};
static const char changes_d_sql[] = {
#embed "../../Fixtures/demo/changes-D.sql" suffix(, )
    0};
static const char changes_e_sql[] = {
#embed "../../Fixtures/demo/changes-E.sql" suffix(, )
    0};

static const struct schema_file demo_files[] = {
    {"schema.sql", schema_sql},       {"rows.sql", rows_sql},
    {"changes-A.sql", changes_a_sql}, {"changes-B.sql", changes_b_sql},
    {"changes-C.sql", changes_c_sql}, {"changes-D.sql", changes_d_sql},
    {"changes-E.sql", changes_e_sql},
};
const int demo_file_count = sizeof demo_files / sizeof *demo_files;

const struct schema_file *demo_files_start(void) { return demo_files; }
