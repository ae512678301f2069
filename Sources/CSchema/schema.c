#include "schema.h"

// The folder sql/ is carried inside the binary, so that the program is one file.
static const char self_sql[] = {
#embed "../../sql/01_self.sql" suffix(, )
    0};

const struct schema_file schema_files[] = {
    {"01_self.sql", self_sql},
};
const int schema_file_count = sizeof schema_files / sizeof *schema_files;
