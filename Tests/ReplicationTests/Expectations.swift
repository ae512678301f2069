import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// The error of the body, which must be one of ours.
func refusal(_ body: () throws -> Void) throws -> ReplicationError {
    try #require(#expect(throws: ReplicationError.self) { try body() })
}

/// A simple table, and a row in it.
let noteTable = "create table note (id int primary key, text text);"

extension TestNode {
    /// Installs this node under its number.
    @discardableResult
    func install(number: Int? = nil, modulus: Int? = nil) throws -> Installation.Report {
        try Installation.install(
            connection, number: number ?? self.number, name: letter, modulus: modulus)
    }

    /// What the node says of itself.
    func status() throws -> Status { try Status(connection) }

    /// The lines of `replication.verify()` that call something broken.
    func broken() throws -> String {
        try psql(
            "select object || ': ' || problem from replication.verify() where result = 'broken'")
    }

    /// The rows that wait here, a line each.
    func waiting() throws -> String {
        try psql(
            """
            select tablename || ' ' || key::text || ' ' || coalesce(constraint_name, '')
            from replication.waiting
            order by 1
            """)
    }

    /// The rows of some tables as text, by their id, whatever the settings of the database.
    func rows(of tables: [String]) throws -> [String] {
        try tables.map { table in
            try psql(
                """
                reset all;
                set bytea_output = 'hex'; set DateStyle = 'ISO'; set TimeZone = 'UTC';
                set IntervalStyle = 'postgres'; set extra_float_digits = 3;
                select t::text from \(table) as t order by id
                """)
        }
    }

    /// The logged changes of the users' tables, as `action key` lines.
    func log() throws -> String {
        try psql(
            """
            select action::text || ' ' || tablename || coalesce(' ' || key::text, '')
            from replication.log
            where tablename not like 'replication.%'
            order by xid, tablename, key::text, action::text
            """)
    }
}
