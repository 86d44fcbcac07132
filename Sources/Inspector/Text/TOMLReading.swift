package import TOMLKit

/// Why a TOML text cannot be read.
package struct TOMLProblem: Error, Sendable, Hashable {
    /// From 1, where it is known.
    package let line: Int?
    package let words: String
}

extension TOMLTable {
    /// Reads a text that a person wrote.
    ///
    /// - Throws: ``TOMLProblem``.
    package static func read(_ text: String) throws(TOMLProblem) -> TOMLTable {
        try refuseNamelessTables(text)
        do { return try TOMLTable(string: text) } catch let error as TOMLParseError {
            throw TOMLProblem(line: error.source.begin.line, words: error.description)
        } catch {
            throw TOMLProblem(line: nil, words: "\(error)")
        }
    }

    /// A line that begins with a bracket and then with nothing that a key or a value begins with ends the process in the
    /// library: toml++ asserts that a key follows.
    private static func refuseNamelessTables(_ text: String) throws(TOMLProblem) {
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var rest = line.drop { $0 == " " || $0 == "\t" }
            guard rest.first == "[" else { continue }
            rest = rest.dropFirst()
            if rest.first == "[" { rest = rest.dropFirst() }
            let next = rest.first { $0 != " " && $0 != "\t" }
            let isKey = next.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-\"']".contains($0)) } ?? false
            if !isKey { throw TOMLProblem(line: number + 1, words: "a table's name is expected after '['") }
        }
    }
}
