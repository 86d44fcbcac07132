/// Kinds of personal data that support staff need not see.
package enum PersonalData: String, Sendable, Hashable, CaseIterable {
    case email, phone, card

    /// The text with what is of these kinds replaced: `‹email›`, `‹phone›`, and of a card its last four digits,
    /// `‹card 1111›`. It is looked at scalar by scalar, so that no accents, however many, make it slow.
    package static func masked(_ text: String, _ kinds: Set<PersonalData>) -> String {
        // Each of them has an @ or a digit in it, and most texts have neither.
        guard !kinds.isEmpty, text.utf8.contains(where: { $0 == 0x40 || (0x30...0x39).contains($0) }) else {
            return text
        }
        var scalars = Array(text.unicodeScalars)
        if kinds.contains(.email) { scalars = masked(emails: scalars) }
        if kinds.contains(.card) { scalars = masked(numbers: scalars, as: cardEnd) }
        if kinds.contains(.phone) { scalars = masked(numbers: scalars, as: phoneEnd) }
        var masked = String.UnicodeScalarView()
        masked.append(contentsOf: scalars)
        return String(masked)
    }

    private typealias Scalars = ArraySlice<Unicode.Scalar>

    // MARK: Addresses

    /// What stands around an `@`: a name, and a domain with a dot in it.
    private static func masked(emails text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        var rest = text[...]
        while let at = rest.firstIndex(of: "@") {
            let name = name(before: at, in: rest)
            let after = rest[(at + 1)...]
            var domain = after.prefix { isOfWord($0) || isDigit($0) || $0 == "-" || $0 == "." }
            while domain.last == "." || domain.last == "-" { domain = domain.dropLast() }
            if !name.isEmpty, domain.dropFirst().contains(".") {
                output += rest[..<name.startIndex] + Array("‹email›".unicodeScalars)
                rest = rest[domain.endIndex...]
            } else {
                output += rest[...at]
                rest = after
            }
        }
        return output + rest
    }

    private static func name(before at: Int, in text: Scalars) -> Scalars {
        let before = text[..<at]
        if before.last == "\"", let quote = before.dropLast().suffix(longestName).lastIndex(of: "\"") {
            return before[quote...]
        }
        var start = before.endIndex
        while start > before.startIndex, isOfName(before[start - 1]) { start -= 1 }
        return before[start...].drop { $0 == "'" }
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        isOfWord(scalar) || isDigit(scalar) || "._%+-'".unicodeScalars.contains(scalar)
    }

    /// Scalars before an `@`, as mail has them.
    private static let longestName = 64

    /// The part of a growing text that may be shown; an end that may still become personal data is held back.
    ///
    /// - Returns: the beginning, up to the last place where no match can be unfinished.
    package static func settled(_ text: String, _ kinds: Set<PersonalData>) -> String {
        guard !kinds.isEmpty else { return text }
        var scalars = Array(text.unicodeScalars)[...]
        while let last = scalars.last, !last.properties.isWhitespace { scalars.removeLast() }
        while let last = scalars.last, isDigit(last) || isBetween(last) { scalars.removeLast() }
        var settled = String.UnicodeScalarView()
        settled.append(contentsOf: scalars)
        return String(settled)
    }

    // MARK: Numbers

    /// Scalars that are looked at together.
    private static let longestRun = 4096

    /// Digits that stand together, and what stands between the ones before them and these.
    private struct Group {
        let between: Scalars
        let text: Scalars
        let digits: [Int]

        var isPlus: Bool { between.last == "+" || (between.last == "(" && between.dropLast().last == "+") }
    }

    /// Finds the groups that are a number of one kind, from one of them on.
    ///
    /// - Returns: the last of them, and what to write for them.
    private typealias Finder = (_ groups: ArraySlice<Group>) -> (last: Int, mark: String)?

    /// Runs of digits with the signs that people put between them, where no letter stands beside them; other numbers may
    /// stand in the same run.
    private static func masked(numbers text: [Unicode.Scalar], as find: Finder) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        var rest = text[...]
        while let start = rest.firstIndex(where: { isDigit($0) || $0 == "+" || $0 == "(" }) {
            let before = start == rest.startIndex ? output.last : rest[start - 1]
            output += rest[..<start]
            let run = rest[start...].prefix(longestRun).prefix { isDigit($0) || isBetween($0) }
            let next = rest[run.endIndex...].first
            rest = rest[run.endIndex...]
            output += masked(run, besideLetters: (before.map(isOfWord) ?? false, next.map(isOfWord) ?? false), as: find)
        }
        return output + rest
    }

    private static func masked(_ run: Scalars, besideLetters: (Bool, Bool), as find: Finder) -> [Unicode.Scalar] {
        var groups: [Group] = []
        var rest = run
        while let start = rest.firstIndex(where: isDigit) {
            let digits = rest[start...].prefix(while: isDigit)
            groups.append(Group(between: rest[..<start], text: digits, digits: digits.map { Int($0.value) - 0x30 }))
            rest = rest[digits.endIndex...]
        }
        // A group next to a letter is part of something else.
        let isFirstCut = besideLetters.0 && groups.first?.between.isEmpty == true
        let whole =
            (isFirstCut ? 1 : 0)..<max(isFirstCut ? 1 : 0, groups.count - (besideLetters.1 && rest.isEmpty ? 1 : 0))
        var output: [Unicode.Scalar] = []
        var index = 0
        while index < groups.count {
            let group = groups[index]
            if whole.contains(index), let found = find(groups[index..<whole.upperBound]) {
                output += group.between.reversed().drop { $0 == "+" || $0 == "(" }.reversed()
                output += found.mark.unicodeScalars
                index = found.last + 1
            } else {
                output += group.between + group.text
                index += 1
            }
        }
        return output + rest
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { (0x30...0x39).contains(scalar.value) }
    private static func isBetween(_ scalar: Unicode.Scalar) -> Bool {
        "+-.()/ \u{A0}\u{202F}–".unicodeScalars.contains(scalar)
    }

    /// Letters, and the marks that belong to them.
    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x41...0x5A).contains(scalar.value & ~0x20) || scalar == "_" }
        return scalar.properties.isAlphabetic || scalar.properties.isGraphemeExtend
    }

    /// What to write for a number that a card may have; `nil` when none has.
    static func card(_ number: String) -> String? {
        let digits = number.compactMap(\.wholeNumberValue)
        guard digits.count == number.count, (14...19).contains(digits.count), passesLuhn(digits) else { return nil }
        return "‹card \(digits.suffix(4).map(String.init).joined())›"
    }

    /// A card's number: 13 to 19 digits that pass the check, in one group, or in some of three to six with one sign between
    /// them; the longest one.
    private static func cardEnd(_ groups: ArraySlice<Group>) -> (last: Int, mark: String)? {
        var digits: [Int] = []
        var found: (last: Int, mark: String)?
        for (index, group) in zip(groups.indices, groups) {
            let isPiece = (3...6).contains(group.digits.count)
            if index > groups.startIndex, !isPiece || group.between.count > 1 || group.isPlus { break }
            digits += group.digits
            if digits.count > 19 { break }
            if digits.count >= 13, passesLuhn(digits) {
                found = (index, "‹card \(digits.suffix(4).map(String.init).joined())›")
            }
            if !isPiece { break }
        }
        return found
    }

    /// Numbers with their country's, those that begin with a zero, and three groups of 3, 3 and 4 as in North America,
    /// where the first begins with 2 to 9; the longest one.
    private static func phoneEnd(_ groups: ArraySlice<Group>) -> (last: Int, mark: String)? {
        guard let first = groups.first else { return nil }
        let isNational = first.digits.first == 0 && first.between.last != "."
        guard first.isPlus || isNational else { return americanEnd(groups).map { ($0, "‹phone›") } }
        var (count, last): (Int, Int?) = (0, nil)
        for (index, group) in zip(groups.indices, groups) {
            let isNext = group.between.count <= 2 && !group.isPlus && (first.isPlus || !group.between.contains("."))
            if index > groups.startIndex, !isNext { break }
            count += group.digits.count
            if count > 15 { break }
            if count >= (first.isPlus ? 7 : 9) { last = index }
        }
        return (last ?? americanEnd(groups)).map { ($0, "‹phone›") }
    }

    private static func americanEnd(_ groups: ArraySlice<Group>) -> Int? {
        for (count, skipped) in [(4, 1), (3, 0)] where groups.count >= count {
            let part = groups.prefix(count)
            let own = part.dropFirst(skipped)
            let isJoined = part.dropFirst().allSatisfy { $0.between.count <= 2 && !$0.isPlus }
            if isJoined, own.first?.digits.first ?? 0 >= 2, own.map(\.digits.count) == [3, 3, 4],
                skipped == 0 || part.first?.digits == [1]
            {
                return part.endIndex - 1
            }
        }
        return nil
    }

    /// The check that numbers of cards pass (ISO/IEC 7812-1).
    private static func passesLuhn(_ digits: [Int]) -> Bool {
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let doubled = digit.element * 2
            return sum + (digit.offset % 2 == 0 ? digit.element : doubled > 9 ? doubled - 9 : doubled)
        }
        return sum % 10 == 0
    }
}
