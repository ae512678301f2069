import Testing

@testable import Postgres

/// Statements as values: what text and which parameters they come to, without a server.
struct SQLTests {
    @Test func valuesBecomeParameters() {
        let none: Int? = nil
        let sql: SQL = "select \("a'b"), \(7), \(Int64(8)), \(Int32(9)), \(true), \(none)"
        #expect(sql.text == "select $1, $2, $3, $4, $5, $6")
        #expect(sql.parameters == ["a'b", "7", "8", "9", "t", nil])
    }

    @Test func arraysBecomeLiterals() {
        let some: [String]? = ["x"]
        let sql: SQL = "\([1, 2]) \(["a\"b", #"c\d"#, "NULL", ""]) \([Int64]()) \(some)"
        #expect(sql.parameters == [#"{"1","2"}"#, #"{"a\"b","c\\d","NULL",""}"#, "{}", #"{"x"}"#])
    }

    @Test func textIsQuotedAsItIsCalled() {
        let sql: SQL = "\(id: ["a b", "c\"d"]) \(id: "E") \(literal: "it's") \(raw: "now()")"
        #expect(sql.text == #""a b"."c""d" "E" 'it''s' now()"#)
        #expect(sql.parameters.isEmpty)
        #expect(quoteLiteral(#"a\b'c"#) == #" E'a\\b''c'"#)
    }

    @Test func nestedStatementsAreRenumbered() {
        let condition: SQL = "a = \(1) and b = '$1'"
        let sql: SQL = "select \(0) where \(condition) or \(condition)" + " limit \(2)"
        #expect(
            sql.text == "select $1 where a = $2 and b = '$1' or a = $3 and b = '$1' limit $4")
        #expect(sql.parameters == ["0", "1", "1", "2"])
    }

    @Test func joinsWithASeparator() {
        let list: [SQL] = ["\(1)", "b", "\("c")"]
        #expect(list.joined(separator: ", ").text == "$1, b, $2")
        #expect([SQL]().joined(separator: ", ") == "")
    }

    @Test(arguments: ["{1", "1}", "{a,}", "{{1},{2}}", "[2:3]={1,2}", "{\"a}", "{a}b", ""])
    func whatIsNoArrayIsRefused(text: String) {
        #expect(parseArrayLiteral(text) == nil)
    }

    @Test func arraysAreRead() {
        #expect(parseArrayLiteral("{}") == [])
        #expect(
            parseArrayLiteral(#"{a,NULL,"NULL","x\"y\\z,"}"#) == ["a", nil, "NULL", #"x"y\z,"#])
    }
}
