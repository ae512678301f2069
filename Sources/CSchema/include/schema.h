#ifndef CSCHEMA_SCHEMA_H
#define CSCHEMA_SCHEMA_H

/// One file of the folder sql/, in the order in which they are installed.
struct schema_file {
    const char *name;
    const char *text;
};

/// The files, and how many there are.
extern const struct schema_file schema_files[];
extern const int schema_file_count;

#endif
