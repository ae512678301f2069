/// Something that can be a bind parameter. Closed on purpose: a type that is not here is first
/// turned into one of these by its owner, who knows how PostgreSQL spells it.
public protocol SQLValue {
    /// The value in PostgreSQL's text format; nil is NULL.
    var parameterText: String? { get }
}

/// A value that can be an element of an array parameter (arrays cannot: see `SQLValue`).
public protocol SQLScalar: SQLValue {}

extension String: SQLScalar {
    /// The string itself.
    public var parameterText: String? { self }
}

extension Int: SQLScalar {
    /// The number in decimal.
    public var parameterText: String? { description }
}

extension Int64: SQLScalar {
    /// The number in decimal.
    public var parameterText: String? { description }
}

extension Int32: SQLScalar {
    /// The number in decimal.
    public var parameterText: String? { description }
}

extension Bool: SQLScalar {
    /// `t` or `f`, as PostgreSQL writes it.
    public var parameterText: String? { self ? "t" : "f" }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    /// The value's text, or NULL.
    public var parameterText: String? {
        self.flatMap { $0.parameterText }
    }
}

extension Array: SQLValue where Element: SQLScalar {
    /// An array literal: `{"1","2"}`.
    public var parameterText: String? {
        arrayLiteral(map { $0.parameterText })
    }
}

/// The literal of a one-dimensional array. Every element is quoted, because the rules for leaving
/// the quotes out (spaces, braces, the word NULL) are longer than the quotes.
func arrayLiteral(_ elements: [String?]) -> String {
    let quoted = elements.map { element -> String in
        guard let element else { return "NULL" }
        var text = "\""
        for scalar in element.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text.unicodeScalars.append("\\") }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
}

/// The elements of a one-dimensional array literal as the server writes it, or nil where the text
/// is none (other bounds and dimensions included: nothing here asks for such).
func parseArrayLiteral(_ text: String) -> [String?]? {
    var rest = text.unicodeScalars[...]
    guard rest.popFirst() == "{" else { return nil }
    if rest.elementsEqual("}".unicodeScalars) { return [] }
    var elements: [String?] = []
    while true {
        guard let element = parseElement(&rest) else { return nil }
        elements.append(element)
        switch rest.popFirst() {
        case ",": continue
        case "}": return rest.isEmpty ? elements : nil
        default: return nil
        }
    }
}

/// One element up to the comma or brace behind it: `.some(nil)` is NULL, nil is no element.
private func parseElement(_ rest: inout Substring.UnicodeScalarView) -> String?? {
    var element = String.UnicodeScalarView()
    if rest.first != "\"" {
        while let scalar = rest.first, scalar != ",", scalar != "}" {
            if scalar == "{" { return nil }
            element.append(rest.removeFirst())
        }
        if element.isEmpty { return nil }
        let word = String(element)
        return .some(word == "NULL" ? nil : word)
    }
    rest.removeFirst()
    while let scalar = rest.popFirst() {
        switch scalar {
        case "\"": return .some(String(element))
        case "\\":
            guard let escaped = rest.popFirst() else { return nil }
            element.append(escaped)
        default: element.append(scalar)
        }
    }
    return nil
}
