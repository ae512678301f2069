import CLibPQ

/// What a user names a database by, made into the parameters of a connection.
///
/// libpq itself reads the text, the service file and the environment. This adds what libpq has no
/// word for (a bare service name), defaults that yield to all three, and that no password gets into
/// a message: libpq's complaints about a malformed text quote parts of it.
struct ConnectionString {
    /// Keywords and values as they are given to libpq.
    var parameters: [String: String]
    /// What the connection is called before there is one: the service, else database and host.
    var label: String

    /// How long to wait for a server at the beginning, in seconds.
    let connectTimeout: Int
    /// After what silence in the midst of a statement to ask whether the server is still there, in
    /// milliseconds: as TCP itself does, after `keepalives_idle`.
    let silenceLimit: Int

    /// A laptop's connection may vanish without a word: without these an agent waits for hours. What
    /// was sent and not confirmed, and what TCP asked without an answer, both end after 90 seconds.
    private static let defaults = [
        "fallback_application_name": "trompe", "keepalives_idle": "30",
        "keepalives_interval": "10", "keepalives_count": "6", "tcp_user_timeout": "90000",
    ]

    /// - Parameters:
    ///   - database: a service name, a conninfo string or a URI.
    ///   - label: what messages call the connection, where that is decided already.
    ///   - connectTimeout: how long to wait for a server, in seconds, unless the user says.
    init(_ database: String, label: String?, connectTimeout seconds: Int) throws {
        let isService = !database.isEmpty && !database.contains("=") && !database.contains("://")
        let isName = isService && !database.contains("@")
        let unknown = label ?? (isName ? database : "unknown database")
        if isService, !isName {
            // A URI without its beginning; the message must not quote it.
            throw PostgresError(
                "a service name has no '@' in it", hint: "a URI begins with postgresql://",
                database: unknown)
        }
        parameters =
            isService ? ["service": database] : try Self.parse(database, label: unknown)
        // Strings here are UTF-8, whatever the user's terminal is.
        parameters["client_encoding"] = "UTF8"
        let given = try Self.effective(parameters, label: unknown)
        for (keyword, value) in Self.defaults where given[keyword] == nil {
            parameters[keyword] = value
        }
        if given["connect_timeout"] == nil { parameters["connect_timeout"] = "\(seconds)" }
        let positive = { (keyword: String) in
            given[keyword].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        }
        connectTimeout = positive("connect_timeout") ?? seconds
        silenceLimit = 1_000 * (positive("keepalives_idle") ?? 30)
        let name = given["dbname"] ?? given["user"] ?? ""
        let host = given["host"] ?? given["hostaddr"] ?? "localhost"
        self.label = label ?? parameters["service"] ?? "\(name)@\(host)"
    }

    /// The same server again, for a second connection: of several hosts the one that answered.
    ///
    /// - Parameter connection: libpq's connection to it.
    func again(like connection: OpaquePointer) -> ConnectionString {
        var copy = self
        copy.parameters["host"] = text(PQhost(connection))
        copy.parameters["port"] = text(PQport(connection))
        let number = text(PQhostaddr(connection))
        if !number.isEmpty { copy.parameters["hostaddr"] = number }
        copy.parameters["connect_timeout"] = "\(connectTimeout)"
        return copy
    }

    private static func parse(_ database: String, label: String) throws -> [String: String] {
        if database.contains("://"), !isUnambiguous(uri: database) {
            throw PostgresError(
                "a password or name in the URI has an '@' or '/' of its own",
                hint: "write them as %40 and %2F", database: label)
        }
        _ = try CStrings([database], database: label)
        var reason: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(reason) }
        guard let options = PQconninfoParse(database, &reason) else {
            let mayHoldPassword = database.contains("@") || database.contains("pass")
            let said = mayHoldPassword ? nil : text(reason)
            throw PostgresError(
                "the connection string cannot be read" + (said.map { ": \($0)" } ?? ""),
                hint: "quote values with blanks in them: password='...'; "
                    + "in a URI write special characters as %XX", database: label)
        }
        return values(of: options)
    }

    /// libpq ends the address at the first `/` and the password at the first `@`. Where a URI has
    /// more of them, it would take a part of the password for the host, and say so in a message.
    static func isUnambiguous(uri: String) -> Bool {
        guard let scheme = uri.firstRange(of: "://") else { return true }
        let rest = uri[scheme.upperBound...]
        let address = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(address.count).prefix { $0 != "?" }
        return address.count { $0 == "@" } <= 1 && !path.contains("@")
    }

    /// The parameters with those of the service file and the environment. libpq tells them only of
    /// a connection; an unknown sslmode is refused after they are read and before anything is sent.
    private static func effective(
        _ parameters: [String: String], label: String
    ) throws -> [String: String] {
        var probe = parameters
        probe["sslmode"] = "none of libpq's"
        let keywords = try CStrings(Array(probe.keys), database: label)
        let values = try CStrings(Array(probe.values), database: label)
        let connection = keywords.withPointers { keywords in
            values.withPointers { values in PQconnectStartParams(keywords, values, 0) }
        }
        defer { PQfinish(connection) }
        let host = text(PQhost(connection))
        guard let connection, !host.isEmpty, let options = PQconninfo(connection) else {
            throw PostgresError(
                text(PQerrorMessage(connection)),
                hint: "name a service of pg_service.conf, or write a conninfo string or URI",
                database: label)
        }
        return Self.values(of: options).merging(["host": host]) { given, _ in given }
    }

    /// Reads libpq's list of options and frees it.
    private static func values(
        of options: UnsafeMutablePointer<PQconninfoOption>
    ) -> [String: String] {
        defer { PQconninfoFree(options) }
        var found: [String: String] = [:]
        var next = options
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val, value.pointee != 0 {
                found[String(cString: keyword)] = String(cString: value)
            }
            next += 1
        }
        return found
    }
}

extension Connection {
    /// What a connection to a database is called, without connecting; an error where the text, or the
    /// service that it names, cannot be read.
    public static func label(of database: String) throws -> String {
        try ConnectionString(database, label: nil, connectTimeout: 10).label
    }
}
