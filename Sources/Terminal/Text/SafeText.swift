/// One line of text that may go to a terminal.
///
/// Whatever comes from outside becomes safe here and nowhere else: control characters, bidirectional overrides,
/// invisible and unassigned characters turn into visible marks, so that no text can move the cursor, hide itself, or
/// pass for something it is not.
package struct SafeText: Sendable, Hashable {
    package let string: String

    /// Makes any text safe. A line break becomes `⏎`, a tab spaces to the next eighth column.
    package init(_ outside: some StringProtocol) {
        string = Self.isPlain(outside) ? String(outside) : Self.cleaned(outside)
    }

    private init(known: String) { string = known }

    package static let empty = SafeText(known: "")

    package var isEmpty: Bool { string.isEmpty }
    package var width: Int { Width.of(string) }

    package static func + (left: SafeText, right: SafeText) -> SafeText { SafeText(known: left.string + right.string) }

    /// The text so many times, one after another.
    package static func * (text: SafeText, count: Int) -> SafeText {
        SafeText(known: String(repeating: text.string, count: max(0, count)))
    }

    /// The lines of a text from outside, each of them safe.
    package static func lines(_ outside: some StringProtocol) -> [SafeText] {
        outside.split(omittingEmptySubsequences: false) { $0.isNewline }.map { SafeText($0) }
    }
}

extension SafeText: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// What stands in the program's own source is taken as it stands.
    package init(stringLiteral value: String) { self.init(known: value) }

    /// What is put into a literal comes from anywhere, so all of it is cleaned.
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
        var used = 0
        var place = string.endIndex
        while place > string.startIndex {
            let before = string.index(before: place)
            let next = Width.of(string[before])
            if used + next > columns - start - 1 { break }
            used += next
            place = before
        }
        return SafeText(known: prefix(start).string + "…" + String(string[place...]))
    }

    /// As much of the beginning as fits into so many columns.
    package func prefix(_ columns: Int) -> SafeText {
        var used = 0
        var end = string.startIndex
        while end < string.endIndex {
            let next = Width.of(string[end])
            if used + next > columns { break }
            used += next
            end = string.index(after: end)
        }
        return SafeText(known: String(string[..<end]))
    }

    /// The text cut or filled with spaces to exactly so many columns.
    package func filled(to columns: Int) -> SafeText {
        let cut = cut(to: columns)
        return SafeText(known: cut.string + String(repeating: " ", count: max(0, columns - cut.width)))
    }

    /// The text at the right end of so many columns.
    package func rightAligned(to columns: Int) -> SafeText {
        let cut = cut(to: columns)
        return SafeText(known: String(repeating: " ", count: max(0, columns - cut.width)) + cut.string)
    }

    /// The text over several lines of at most so many columns, broken at spaces where there are any.
    package func wrapped(to columns: Int) -> [SafeText] {
        guard columns > 0, width > columns else { return [self] }
        var lines: [SafeText] = []
        var rest = string[...]
        while !rest.isEmpty {
            let line = Self.line(of: &rest, columns)
            lines.append(SafeText(known: String(line)))
        }
        return lines
    }

    private static func line(of rest: inout Substring, _ columns: Int) -> Substring {
        var used = 0
        var end = rest.startIndex
        var space: Substring.Index?
        while end < rest.endIndex {
            let next = Width.of(rest[end])
            if used + next > columns { break }
            if rest[end] == " " { space = end }
            used += next
            end = rest.index(after: end)
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
        if end == rest.startIndex { end = rest.index(after: end) }
        defer { rest = rest[end...] }
        return rest[..<end]
    }
}

// MARK: Cleaning

extension SafeText {
    private static func isPlain(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    private static func cleaned(_ text: some StringProtocol) -> String {
        var output = ""
        var column = 0
        for cluster in text {
            let piece = cluster == "\t" ? String(repeating: " ", count: 8 - column % 8) : cleaned(cluster)
            output += piece
            column += Width.of(piece)
        }
        return output
    }

    private static func cleaned(_ cluster: Character) -> String {
        if cluster.isNewline { return "⏎" }
        if let ascii = cluster.asciiValue, ascii >= 0x20, ascii < 0x7F { return String(cluster) }
        var output = ""
        var base: Unicode.Scalar?
        for scalar in cluster.unicodeScalars {
            if let letter = flagLetter(scalar) {
                output.unicodeScalars.append(letter)
            } else if isHarmless(scalar, after: base) {
                output.unicodeScalars.append(scalar)
                if base == nil { base = scalar }
            } else if scalar != "\u{FE0E}", scalar != "\u{FE0F}" {
                output += mark(scalar)
            }
        }
        return output
    }

    /// Terminals disagree on flags; their letters mean the same and are one column each.
    private static func flagLetter(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        (0x1F1E6...0x1F1FF).contains(scalar.value) ? Unicode.Scalar(scalar.value - 0x1F1E6 + 65) : nil
    }

    /// Marks join what they stand on, so long as it is not too many; a joiner is let through inside of an emoji.
    private static func isHarmless(_ scalar: Unicode.Scalar, after base: Unicode.Scalar?) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return scalar == "\u{200D}" && base?.properties.isEmoji == true
        case .nonspacingMark, .enclosingMark:
            return base != nil && scalar != "\u{FE0E}" && scalar != "\u{FE0F}"
        default: return true
        }
    }

    private static func mark(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: return "⏎"
        case 0x00..<0x20: return Unicode.Scalar(0x2400 + scalar.value).map { String($0) } ?? "?"
        case 0x7F: return "␡"
        default: return "‹\(String(scalar.value, radix: 16, uppercase: true))›"
        }
    }
}
