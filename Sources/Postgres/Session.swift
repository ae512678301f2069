/// The settings that every session is pinned to, whatever a role, database, service file or
/// environment says: results must read the same, and statements mean the same, on both sides of an
/// edge, on every machine. (`synchronous_commit` is the user's own business.)
enum Session {
    private static let settings = [
        ("DateStyle", "ISO, YMD"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "UTC"),
        ("extra_float_digits", "3"),
        ("bytea_output", "hex"),
        ("lc_monetary", "C"),
        ("xmloption", "content"),
        ("search_path", ""),
        ("statement_timeout", "0"),
        ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("idle_session_timeout", "0"),
        // Hidden rows would look like deleted ones: rather an error.
        ("row_security", "off"),
        ("standard_conforming_strings", "on"),
        ("backslash_quote", "safe_encoding"),
        ("jit", "off"),
        ("client_min_messages", "notice"),
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_read_only", "off"),
        ("default_transaction_deferrable", "off"),
        ("transform_null_equals", "off"),
        ("array_nulls", "on"),
        ("quote_all_identifiers", "off"),
    ]

    /// Their names, as far as the server has them.
    static func names(serverVersion: Int) -> [String] {
        settings.map(\.0) + (serverVersion >= 170_000 ? ["transaction_timeout"] : [])
    }

    /// One statement that sets them all, and tells the number of the server process. In another process
    /// it does nothing, and has no row.
    static func pins(serverVersion: Int, process: Int) -> SQL {
        let since17 = serverVersion >= 170_000 ? [("transaction_timeout", "0")] : []
        let calls = (settings + since17).map { name, value -> SQL in
            "pg_catalog.set_config(\(literal: name), \(literal: value), false)"
        }
        return """
            select pg_catalog.pg_backend_pid() as process, \(calls.joined(separator: ", "))
            where pg_catalog.pg_backend_pid() operator(pg_catalog.=) \(raw: "\(process)")
            """
    }
}

extension Connection {
    /// Asks what the pinned settings and some others are now; `settings(in:)` reads the answer.
    ///
    /// The statement means what it says whatever they are: code of users that runs in this session,
    /// in a trigger, say, can change them.
    ///
    /// - Parameter others: the names of further ones.
    public func pinnedSettings(and others: [String] = []) -> SQL {
        let names = (Session.names(serverVersion: serverVersion) + others).map { name -> SQL in
            "\(literal: name)"
        }
        let values = names.map { name -> SQL in "pg_catalog.current_setting(\(name))" }
        return """
            select array[\(names.joined(separator: ", "))] as names,
                array[\(values.joined(separator: ", "))] as values
            """
    }

    /// Settings by their names, from the answer to `pinnedSettings`.
    public static func settings(in answer: [Row]) throws -> [String: String] {
        guard let row = answer.first else { return [:] }
        return Dictionary(zip(try row.strings("names"), try row.strings("values"))) { first, _ in
            first
        }
    }
}
