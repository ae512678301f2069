/// What a DB on the command line names.
enum Service {
    /// The name of a service in pg_service.conf, or nil for a conninfo string or a URI.
    static func name(_ database: String) -> String? {
        database.contains("=") || database.contains("://") ? nil : database
    }
}
