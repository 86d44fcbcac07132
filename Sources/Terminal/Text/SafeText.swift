/// One line of text that may go to a terminal.
///
/// Whatever comes from outside becomes safe here and nowhere else: control characters, bidirectional overrides,
/// invisible and unassigned characters turn into visible marks, so that no text can move the cursor, hide itself, or
/// pass for something it is not.
package struct SafeText: Sendable, Hashable {
    package let string: String

    /// Makes any text safe. A line break becomes `⏎`, a tab becomes spaces up to the next multiple of 8 columns.
    package init(_ outside: some StringProtocol) {
        string = Self.isPlain(outside) ? String(outside) : Cleaning.clean(outside)
    }

    private init(known: String) { string = known }

    package static let empty = SafeText(known: "")

    package var isEmpty: Bool { string.isEmpty }
    package var width: Int { Width.of(string) }

    package static func + (left: SafeText, right: SafeText) -> SafeText { SafeText(known: left.string + right.string) }

    /// The text repeated `count` times.
    package static func * (text: SafeText, count: Int) -> SafeText {
        SafeText(known: String(repeating: text.string, count: max(0, count)))
    }

    /// The lines of a text from outside, each of them safe.
    package static func lines(_ outside: some StringProtocol) -> [SafeText] {
        outside.split(omittingEmptySubsequences: false) { $0.isNewline }.map { SafeText($0) }
    }
}

extension SafeText: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// Literals in the program's own source are trusted and taken unchanged.
    package init(stringLiteral value: String) { self.init(known: value) }

    /// Interpolated values can come from anywhere, so the whole text is cleaned.
    package init(stringInterpolation: DefaultStringInterpolation) {
        self.init(String(stringInterpolation: stringInterpolation))
    }
}

// MARK: Cutting

extension SafeText {
    /// The text if it fits, otherwise its beginning and `…`.
    package func cut(to columns: Int) -> SafeText {
        guard width > columns else { return self }
        guard columns > 0 else { return .empty }
        return SafeText(known: prefix(columns - 1).string + "…")
    }

    /// The text if it fits, otherwise its beginning, `…` and its end: for ids that differ at the end.
    package func cutInside(to columns: Int, keeping start: Int) -> SafeText {
        guard width > columns, columns > start + 1 else { return cut(to: columns) }
        let beginning = prefix(start)
        return SafeText(known: beginning.string + "…" + suffix(columns - beginning.width - 1).string)
    }

    /// The longest prefix that fits into that many columns.
    package func prefix(_ columns: Int) -> SafeText {
        let scalars = string.unicodeScalars
        var used = 0
        var end = scalars.startIndex
        while end < scalars.endIndex {
            let (next, width) = Self.unit(of: scalars, at: end)
            if used + width > columns { break }
            used += width
            end = next
        }
        return SafeText(known: String(scalars[..<end]))
    }

    /// The longest suffix that fits into that many columns.
    package func suffix(_ columns: Int) -> SafeText { dropFirst(max(0, width - columns)) }

    /// The text without its first columns; a wide character across the border is dropped too.
    package func dropFirst(_ columns: Int) -> SafeText {
        guard columns > 0 else { return self }
        let scalars = string.unicodeScalars
        var dropped = 0
        var start = scalars.startIndex
        while start < scalars.endIndex, dropped < columns {
            let (next, width) = Self.unit(of: scalars, at: start)
            dropped += width
            start = next
        }
        return SafeText(known: String(scalars[start...]))
    }

    /// The text cut or filled with spaces to exactly that many columns.
    package func filled(to columns: Int) -> SafeText {
        let cut = cut(to: columns)
        return SafeText(known: cut.string + String(repeating: " ", count: max(0, columns - cut.width)))
    }

    /// The text right-aligned in that many columns.
    package func rightAligned(to columns: Int) -> SafeText {
        let cut = cut(to: columns)
        return SafeText(known: String(repeating: " ", count: max(0, columns - cut.width)) + cut.string)
    }

    /// The text wrapped to lines of at most that many columns, at spaces where there are any.
    package func wrapped(to columns: Int) -> [SafeText] {
        guard columns > 0, width > columns else { return [self] }
        var lines: [SafeText] = []
        var rest = Substring.UnicodeScalarView(string.unicodeScalars[...])
        while !rest.isEmpty { lines.append(SafeText(known: String(Self.line(of: &rest, columns)))) }
        return lines
    }

    private static func line(
        of rest: inout Substring.UnicodeScalarView,
        _ columns: Int
    ) -> Substring.UnicodeScalarView {
        var used = 0
        var end = rest.startIndex
        var space: String.Index?
        while end < rest.endIndex {
            let (next, width) = unit(of: rest, at: end)
            if used + width > columns { break }
            if rest[end] == " " { space = end }
            used += width
            end = next
        }
        if end == rest.endIndex {
            defer { rest = rest[end...] }
            return rest
        }
        if rest[end] == " " { space = end }
        if let space, space > rest.startIndex {
            defer { rest = rest[rest.index(after: space)...] }
            return rest[..<space]
        }
        // A character that is wider than the line has a line of its own.
        if end == rest.startIndex { end = unit(of: rest, at: end).end }
        defer { rest = rest[end...] }
        return rest[..<end]
    }

    /// The unit that is never split: a scalar with the marks that follow it.
    private static func unit<Scalars: Collection<Unicode.Scalar>>(
        of scalars: Scalars,
        at start: Scalars.Index
    ) -> (end: Scalars.Index, width: Int) {
        var width = Width.of(scalars[start])
        var end = scalars.index(after: start)
        while end < scalars.endIndex {
            let scalar = scalars[end]
            guard scalar.value >= 0x300 else { break }
            let columns = Width.of(scalar)
            guard columns == 0 || joins(scalar) else { break }
            width += columns
            end = scalars.index(after: end)
        }
        return (end, width)
    }

    /// Whether it stays with the scalar before it, though it has a column of its own.
    private static func joins(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .spacingMark || scalar == "\u{FF9E}" || scalar == "\u{FF9F}"
            || scalar == "\u{0E33}" || scalar == "\u{0EB3}"
    }

    /// What goes into one cell: a scalar with the marks on it that have no column of their own.
    static func cell(of scalars: String.UnicodeScalarView, at start: String.Index) -> (end: String.Index, width: Int) {
        var end = scalars.index(after: start)
        while end < scalars.endIndex, scalars[end].value >= 0x300, Width.of(scalars[end]) == 0 {
            end = scalars.index(after: end)
        }
        return (end, Width.of(scalars[start]))
    }

    static func cluster(of scalars: String.UnicodeScalarView, _ start: String.Index, _ end: String.Index) -> Character {
        if scalars.index(after: start) == end { return Character(scalars[start]) }
        return String(scalars[start..<end]).first ?? " "
    }

    /// What stands in each cell.
    package var cells: [Character] {
        let scalars = string.unicodeScalars
        var cells: [Character] = []
        var start = scalars.startIndex
        while start < scalars.endIndex {
            let end = Self.cell(of: scalars, at: start).end
            cells.append(Self.cluster(of: scalars, start, end))
            start = end
        }
        return cells
    }

    private static func isPlain(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }
}
