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
        try refuseStrangeSpaces(text)
        try refuseBracesAndDates(text)
        do { return try TOMLTable(string: text) } catch let error as TOMLParseError {
            throw TOMLProblem(line: error.source.begin.line, words: error.description)
        } catch {
            throw TOMLProblem(line: nil, words: "\(error)")
        }
    }

    /// A line that begins with a bracket and then with nothing that a key or a value begins with ends the process in the
    /// library: toml++ asserts that a key follows.
    private static func refuseNamelessTables(_ text: String) throws(TOMLProblem) {
        // By scalars, as the library reads: a character may be a bracket and an accent on it.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            var rest = line.drop { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
            guard rest.first == "[" else { continue }
            rest = rest.dropFirst()
            if rest.first == "[" { rest = rest.dropFirst() }
            let next = rest.first { $0 != " " && $0 != "\t" }
            let isKey = next.map {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-\"']".unicodeScalars.contains($0))
            }
            if isKey != true { throw TOMLProblem(line: number + 1, words: "a table's name is expected after '['") }
        }
    }

    /// A space that TOML does not know, where a value is expected, ends the process too; it is refused wherever it is.
    private static func refuseStrangeSpaces(_ text: String) throws(TOMLProblem) {
        var line = 1
        for (place, scalar) in text.unicodeScalars.enumerated() {
            switch scalar {
            case "\n": line += 1
            case " ", "\t", "\r": continue
            case "\u{FEFF}" where place == 0: continue
            default:
                let isInvisible = ["\u{180E}", "\u{200B}", "\u{2060}", "\u{FEFF}"].contains(scalar)
                guard isInvisible || scalar.properties.isWhitespace else { continue }
                let name = String(scalar.value, radix: 16, uppercase: true)
                throw TOMLProblem(line: line, words: "U+\(name) is no space that can stand here; use a plain one")
            }
        }
    }

    /// So do a '}' where an array's next value is expected, and half a date; dates are not used here at all.
    private static func refuseBracesAndDates(_ text: String) throws(TOMLProblem) {
        var (line, isComment) = (1, false)
        // The last byte that is no space.
        var last: UInt8 = 0
        var isNumber = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n") { (line, isComment, isNumber) = (line + 1, false, false) }
            if byte == UInt8(ascii: "#") { isComment = true }
            guard !isComment, byte > UInt8(ascii: " ") else { continue }
            if byte == UInt8(ascii: "}"), last == UInt8(ascii: "[") || last == UInt8(ascii: ",") {
                throw TOMLProblem(line: line, words: "a value is expected, or ']', where '}' stands")
            }
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isDigit, [UInt8(ascii: "="), UInt8(ascii: "["), UInt8(ascii: ",")].contains(last) { isNumber = true }
            if [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "=")].contains(byte) {
                isNumber = false
            }
            let isDash = byte == UInt8(ascii: "-") && last | 0x20 != UInt8(ascii: "e")
            if isNumber, isDash || byte == UInt8(ascii: ":") {
                throw TOMLProblem(line: line, words: "dates and times are not used here; put it in quotes")
            }
            last = byte
        }
    }
}
