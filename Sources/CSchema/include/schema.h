#ifndef CSCHEMA_SCHEMA_H
#define CSCHEMA_SCHEMA_H

/// One file of SQL.
struct schema_file {
    const char *name;
    const char *text;
};

/// The files of the folder sql/ in the order in which they are installed, and how many there are.
const struct schema_file *schema_files_start(void);
extern const int schema_file_count;

/// The files of the folder Fixtures/demo/, and how many there are.
const struct schema_file *demo_files_start(void);
extern const int demo_file_count;

#endif
