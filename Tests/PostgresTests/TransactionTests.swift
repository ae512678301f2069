import Testing

@testable import Postgres

/// What is committed, what is undone, and which error comes out.
struct TransactionTests {
    struct Stop: Error, Equatable { var reason: Int }

    let connection: Connection

    init() throws {
        connection = try Server.connect()
        try connection.script("create temporary table t (x int primary key)")
    }

    private func contents() throws -> [Int] {
        try connection.query("select x from t order by x").map { try $0.int("x") }
    }

    private func insert(_ x: Int) throws {
        try connection.execute("insert into t values (\(x)::int)")
    }

    @Test func commitsOnReturn() throws {
        let value = try connection.transaction {
            try insert(1)
            #expect(connection.isInTransaction)
            return 42
        }
        #expect(value == 42)
        #expect(!connection.isInTransaction)
        #expect(try contents() == [1])
    }

    @Test func rollsBackOnThrow() throws {
        #expect(throws: Stop(reason: 1)) {
            try connection.transaction {
                try insert(1)
                throw Stop(reason: 1)
            }
        }
        #expect(!connection.isInTransaction)
        #expect(try contents() == [])
    }

    @Test func keepsTheServersError() throws {
        let error = try failure {
            try connection.transaction {
                try insert(1)
                try insert(1)
            }
        }
        #expect(error.sqlstate == SQLState.uniqueViolation)
        #expect(try contents() == [])
    }

    @Test func aCommitThatRollsBackIsAnError() throws {
        let error = try failure {
            try connection.transaction {
                try insert(1)
                #expect(throws: PostgresError.self) { try insert(1) }
            }
        }
        #expect(error.statement == "commit")
        #expect(!connection.isInTransaction)
        #expect(try contents() == [])
    }

    @Test func aCommitThatFailsIsAnError() throws {
        try connection.script(
            """
            create temporary table child (
                x int references t deferrable initially deferred
            )
            """)
        let error = try failure {
            try connection.transaction {
                _ = try connection.execute("insert into child values (9)")
            }
        }
        #expect(error.sqlstate == SQLState.foreignKeyViolation)
        #expect(!connection.isInTransaction)
    }

    @Test func beginsAsItIsTold() throws {
        let error = try failure {
            try connection.transaction("begin isolation level repeatable read read only") {
                let row = try connection.query(
                    "select current_setting('transaction_isolation') as level")[0]
                #expect(try row.string("level") == "repeatable read")
                try connection.script("create table nowhere.never ()")
            }
        }
        #expect(error.sqlstate == SQLState.readOnlyTransaction)
    }

    @Test func doesNotNest() throws {
        try connection.transaction {
            try insert(1)
            #expect(try failure { try connection.transaction {} }.hint == "nest savepoints")
        }
        #expect(try contents() == [1])
    }

    @Test func savepointsUndoOnlyTheirs() throws {
        try connection.transaction {
            try insert(1)
            #expect(throws: Stop(reason: 2)) {
                try connection.savepoint {
                    try insert(2)
                    throw Stop(reason: 2)
                }
            }
            try connection.savepoint {
                try insert(3)
                let error = try failure {
                    try connection.savepoint {
                        try insert(4)
                        try insert(3)
                    }
                }
                #expect(error.sqlstate == SQLState.uniqueViolation)
                try connection.savepoint { try insert(5) }
            }
        }
        #expect(try contents() == [1, 3, 5])
    }

    @Test func aSavepointThatCannotBeReleasedIsUndone() throws {
        try connection.transaction {
            let error = try failure {
                try connection.savepoint {
                    try insert(1)
                    #expect(throws: PostgresError.self) { try insert(1) }
                }
            }
            #expect(error.sqlstate == SQLState.inFailedTransaction)
            try insert(2)
        }
        #expect(try contents() == [2])
    }

    @Test func aLostConnectionIsToldAndKeepsItsError() throws {
        let error = try failure {
            try connection.transaction {
                try insert(1)
                try Server.connect().execute(
                    "select pg_terminate_backend(\(connection.backendPID)::int)")
                try insert(2)
            }
        }
        #expect(error.isConnectionFailure)
        #expect(!connection.isAlive)
        let later = try failure { try insert(3) }
        #expect(later.isConnectionFailure)
    }
}
