import CSchema
func n() -> Int32 { schema_file_count }
