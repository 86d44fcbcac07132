/// Rows of values under a row of names (RFC 4180, or with tabs or semicolons): the values of columns whose name is that of a
/// secret are hidden.
enum SeparatedText {
    /// Columns that are looked at.
    private static let mostColumns = 1000

    /// The text without the values of secret columns; `nil` when it has none.
    static func withoutColumns(_ isSecret: (String) -> Bool, in text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let firstLine = bytes.firstIndex(of: 0x0A), firstLine < bytes.count - 1, firstLine <= 64 << 10 else {
            return nil
        }
        let separator = [UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: ",")].first {
            bytes[..<firstLine].contains($0)
        }
        guard let separator else { return nil }
        let head = fields(in: bytes, from: 0, separator)
        guard head.fields.count <= mostColumns else { return nil }
        let names = head.fields.map { String(decoding: bytes[$0], as: UTF8.self) }
        // A line of a header, or of prose, is no row of names.
        guard names.allSatisfy({ !$0.utf8.contains(UInt8(ascii: ":")) && !$0.utf8.contains(UInt8(ascii: "=")) }) else {
            return nil
        }
        let secret = names.indices.filter { isSecret(names[$0]) }
        guard !secret.isEmpty else { return nil }
        var output = Array(bytes[..<min(head.end, bytes.count)])
        var place = head.end
        while place < bytes.count {
            let row = fields(in: bytes, from: place, separator)
            var done = place
            for column in secret where column < row.fields.count && !row.fields[column].isEmpty {
                output += bytes[done..<row.fields[column].lowerBound] + Array(Redaction.markText.utf8)
                done = row.fields[column].upperBound
            }
            output += bytes[done..<min(row.end, bytes.count)]
            place = row.end
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The fields of the row that begins there, without their quotes, and where the next one begins.
    private static func fields(in bytes: [UInt8], from start: Int, _ separator: UInt8) -> (
        fields: [Range<Int>], end: Int
    ) {
        var fields: [Range<Int>] = []
        var begin = start
        var place = start
        while true {
            if place < bytes.count, place == begin, bytes[place] == UInt8(ascii: "\"") {
                place += 1
                while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += 1 }
                fields.append((begin + 1)..<min(place, bytes.count))
                while place < bytes.count, bytes[place] != separator, bytes[place] != 0x0A { place += 1 }
            } else {
                while place < bytes.count, bytes[place] != separator, bytes[place] != 0x0A { place += 1 }
                let end = place > begin && bytes[place - 1] == 0x0D ? place - 1 : place
                fields.append(begin..<end)
            }
            guard place < bytes.count else { return (fields, bytes.count) }
            place += 1
            if bytes[place - 1] == 0x0A { return (fields, place) }
            begin = place
        }
    }
}
