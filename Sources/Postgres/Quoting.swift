/// A name as PostgreSQL reads it back: always quoted, so that neither case nor keywords matter.
///
/// A NUL byte cannot be written in any way; a statement that has one is refused when it is run.
public func quoteIdentifier(_ name: String) -> String {
    "\"" + doubling("\"", in: name) + "\""
}

/// A string constant, for statements that take no parameters.
///
/// With a backslash in it, it takes the `E''` form, which means the same whatever
/// `standard_conforming_strings` says.
public func quoteLiteral(_ text: String) -> String {
    let quoted = doubling("'", in: text)
    guard quoted.unicodeScalars.contains("\\") else { return "'" + quoted + "'" }
    // The blank keeps the E from growing onto a keyword before it, as in libpq.
    return " E'" + doubling("\\", in: quoted) + "'"
}

/// By scalars, not characters: a quote with a combining accent is one `Character` and no quote.
private func doubling(_ mark: Unicode.Scalar, in text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        if scalar == mark { result.append(mark) }
        result.append(scalar)
    }
    return String(result)
}
