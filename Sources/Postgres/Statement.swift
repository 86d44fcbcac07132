/// SQL that each connection prepares once.
package struct Statement: Sendable, Hashable {
    package let sql: String

    package init(_ sql: String) { self.sql = sql }

    package func callAsFunction(_ arguments: Argument...) -> Command { Command(statement: self, arguments: arguments) }

    package func with(_ arguments: [Argument]) -> Command { Command(statement: self, arguments: arguments) }
}

/// A statement with its arguments.
package struct Command: Sendable {
    package var statement: Statement
    package var arguments: [Argument]

    package init(statement: Statement, arguments: [Argument]) {
        self.statement = statement
        self.arguments = arguments
    }

    /// Whether a text in it holds U+0000, which no text of the database does.
    package var holdsNUL: Bool {
        arguments.contains { argument in
            switch argument {
            case .text(let text): text?.utf8.contains(0) ?? false
            case .texts(let texts): texts.contains { $0?.utf8.contains(0) ?? false }
            case .int, .ints: false
            }
        }
    }
}

/// A value for `$1`. The SQL must say its type wherever the server cannot know it, such as `$1::bigint[]`.
///
/// PostgreSQL's texts cannot hold U+0000: a statement with one is refused with `22021`.
package enum Argument: Sendable {
    /// For `text`; `nil` is `NULL`, here and below.
    case text(String?)
    /// For `bigint`.
    case int(Int64?)
    /// For `bigint[]`.
    case ints([Int64?])
    /// For `text[]`.
    case texts([String?])
}

extension Argument {
    /// The numbers of types in PostgreSQL's catalogue.
    private enum Kind { static let int8: Int32 = 20, text: Int32 = 25 }

    /// Appends the value in the server's binary form; `false` for `NULL`.
    func write(to bytes: inout [UInt8]) -> Bool {
        switch self {
        case .text(nil), .int(nil): return false
        case .text(let text?): bytes.append(contentsOf: text.utf8)
        case .int(let value?): bytes.append(bigEndian: value)
        case .ints(let values):
            Self.writeHead(of: Kind.int8, count: values.count, hasNulls: values.contains { $0 == nil }, to: &bytes)
            for value in values {
                bytes.append(bigEndian: Int32(value == nil ? -1 : 8))
                if let value { bytes.append(bigEndian: value) }
            }
        case .texts(let texts):
            Self.writeHead(of: Kind.text, count: texts.count, hasNulls: texts.contains { $0 == nil }, to: &bytes)
            for text in texts {
                bytes.append(bigEndian: text.map { Int32(clamping: $0.utf8.count) } ?? -1)
                if let text { bytes.append(contentsOf: text.utf8) }
            }
        }
        return true
    }

    /// One dimension, whose first index is 1; an empty array has none.
    private static func writeHead(of kind: Int32, count: Int, hasNulls: Bool, to bytes: inout [UInt8]) {
        for number in [count > 0 ? 1 : 0, hasNulls ? 1 : 0, kind] { bytes.append(bigEndian: number) }
        if count > 0 { for number in [Int32(clamping: count), 1] { bytes.append(bigEndian: number) } }
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
