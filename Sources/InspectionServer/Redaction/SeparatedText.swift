/// Rows of values under a row of names (RFC 4180, also with tabs, semicolons or bars as in Markdown), wherever in a text they
/// begin: the values of columns whose name is that of a secret are hidden.
struct SeparatedText {
    private let bytes: [UInt8]
    /// Columns that are looked at, and bytes of a row of names.
    private static let mostColumns = 1000
    private static let longestHead = 64 << 10
    private static let longestName = 100
    private static let separators = "\t;,|".utf8

    /// A table's columns that are hidden.
    private struct Columns {
        let separator: UInt8
        let count: Int
        let secret: [Int]
    }

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The text without the values of secret columns; `nil` when it has none.
    func withoutColumns(_ isSecret: (String) -> Bool) -> String? {
        var output: [UInt8] = []
        var done = 0
        var line = 0..<0
        var place = 0
        while place < bytes.count {
            let before = line
            line = place..<lineEnd(from: place)
            place = line.upperBound
            guard let table = head(line, after: before, isSecret) else { continue }
            while place < bytes.count {
                let row = fields(from: place, to: bytes.count, table.separator)
                // If it is not a row, its line may start another table. Skip a row of several lines, so that none
                // is read twice.
                guard row.fields.count == table.count else {
                    if row.end > lineEnd(from: place) { place = row.end }
                    break
                }
                for column in table.secret where !isRule(row.fields[column]) {
                    output += bytes[done..<row.fields[column].lowerBound] + Array(Redaction.markText.utf8)
                    done = row.fields[column].upperBound
                }
                place = row.end
            }
            line = 0..<0
        }
        return done == 0 ? nil : String(decoding: output + bytes[done...], as: UTF8.self)
    }

    /// What a line says as a row of names; `nil` when it is none, as a header's line or prose is, or one of many rows.
    private func head(_ line: Range<Int>, after before: Range<Int>, _ isSecret: (String) -> Bool) -> Columns? {
        guard line.count <= Self.longestHead, line.upperBound < bytes.count else { return nil }
        let isFirst = before.isEmpty || bytes[before.lowerBound] == UInt8(ascii: "#")
        for separator in Self.separators where bytes[line].contains(separator) {
            guard isFirst || !bytes[before].contains(separator),
                !bytes[line].contains(where: { ":=".utf8.contains($0) })
            else { continue }
            let row = fields(from: line.lowerBound, to: line.upperBound, separator)
            guard row.fields.count <= Self.mostColumns else { continue }
            let secret = row.fields.indices.filter {
                isSecret(String(decoding: bytes[row.fields[$0]].prefix(Self.longestName), as: UTF8.self))
            }
            if !secret.isEmpty { return Columns(separator: separator, count: row.fields.count, secret: secret) }
        }
        return nil
    }

    /// Whether a field is empty, or a piece of the line under the names of a table in Markdown.
    private func isRule(_ field: Range<Int>) -> Bool {
        bytes[field].allSatisfy { $0 <= 0x20 || "-:".utf8.contains($0) }
    }

    private func lineEnd(from start: Int) -> Int {
        guard let end = bytes[start...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else { return bytes.count }
        return bytes[end...].starts(with: [0x0D, 0x0A]) ? end + 2 : end + 1
    }

    /// The fields of the row that begins there, without their quotes, and where the next one begins.
    private func fields(from start: Int, to limit: Int, _ separator: UInt8) -> (fields: [Range<Int>], end: Int) {
        var fields: [Range<Int>] = []
        var begin = start
        var place = start
        func isEnd(_ byte: UInt8) -> Bool { byte == separator || byte == 0x0A || byte == 0x0D }
        while true {
            if place < limit, place == begin, bytes[place] == UInt8(ascii: "\"") {
                place += 1
                // Twice, a quote stands for itself.
                while place < limit {
                    let isQuote = bytes[place] == UInt8(ascii: "\"")
                    let isDouble = isQuote && place + 1 < limit && bytes[place + 1] == UInt8(ascii: "\"")
                    if isQuote, !isDouble { break }
                    place += isDouble ? 2 : 1
                }
                fields.append((begin + 1)..<place)
                while place < limit, !isEnd(bytes[place]) { place += 1 }
            } else {
                while place < limit, !isEnd(bytes[place]) { place += 1 }
                fields.append(begin..<place)
            }
            guard place < limit else { return (fields, limit) }
            place += 1
            if bytes[place - 1] != separator {
                return (fields, bytes[(place - 1)...].starts(with: [0x0D, 0x0A]) ? place + 1 : place)
            }
            begin = place
        }
    }
}
