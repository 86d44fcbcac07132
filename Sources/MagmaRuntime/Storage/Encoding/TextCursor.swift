/// Where the search through each table has come to; `nil` for one that is at its end.
package struct TextCursor {
    /// Of a table of events.
    package var stretch: Int64? = .max
    package var exchange: Int64? = .max

    package init() {}

    /// - Throws: ``RuntimeError`` `cursor_invalid`.
    package init(_ text: String) throws {
        let rows = text.split(separator: ".", omittingEmptySubsequences: false).map { part -> Int64?? in
            if part.isEmpty { return .some(nil) }
            return Int64(part).flatMap { $0 > 0 ? $0 : nil }
        }
        guard rows.count == 2, let stretch = rows[0], let exchange = rows[1], stretch != nil || exchange != nil else {
            throw RuntimeError.cursorInvalid
        }
        (self.stretch, self.exchange) = (stretch, exchange)
    }

    /// `nil` when both are at their ends.
    package var text: String? {
        guard stretch != nil || exchange != nil else { return nil }
        return [stretch, exchange].map { $0.map { "\($0)" } ?? "" }.joined(separator: ".")
    }
}
