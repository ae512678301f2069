/// Something that the server says beside a statement's result: NOTICE, WARNING, ...
public struct Notice: Sendable, Hashable {
    /// NOTICE, WARNING, INFO, LOG or DEBUG, in English whatever the server's language is.
    public var severity: String
    /// Its SQLSTATE: what it is about, in no language at all.
    public var sqlstate: String
    /// What it says.
    public var message: String
}
