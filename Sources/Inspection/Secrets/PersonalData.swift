/// Kinds of personal data that support staff need not see.
package enum PersonalData: String, Sendable, Hashable, CaseIterable {
    case email, phone, card

    /// The text with what is of these kinds replaced: `‹email›`, `‹phone›`, and of a card its last four digits,
    /// `‹card 1111›`.
    package static func masked(_ text: String, _ kinds: Set<PersonalData>) -> String {
        // What none of them can be in is most of what there is.
        guard !kinds.isEmpty, text.utf8.contains(where: { $0 == 0x40 || (0x30...0x39).contains($0) }) else {
            return text
        }
        var text = text
        if kinds.contains(.email) { text = masked(emails: text) }
        if kinds.contains(.card) { text = masked(numbers: text, as: cardEnd) }
        if kinds.contains(.phone) { text = masked(numbers: text, as: phoneEnd) }
        return text
    }

    // MARK: Addresses

    /// What stands around an `@`: a name, and a domain with a dot in it.
    private static func masked(emails text: String) -> String {
        guard text.contains("@") else { return text }
        var output = ""
        var rest = Substring(text)
        while let at = rest.firstIndex(of: "@") {
            let name = name(before: at, in: rest)
            let after = rest[rest.index(after: at)...]
            var domain = after.prefix { $0.isLetter || $0.isNumber || "-.".contains($0) }
            while domain.last == "." || domain.last == "-" { domain = domain.dropLast() }
            if !name.isEmpty, domain.dropFirst().contains(".") {
                output += rest[..<name.startIndex] + "‹email›"
                rest = rest[domain.endIndex...]
            } else {
                output += rest[...at]
                rest = after
            }
        }
        return output + rest
    }

    private static func name(before at: String.Index, in text: Substring) -> Substring {
        let before = text[..<at]
        if before.last == "\"", let quote = before.dropLast().suffix(longestName).lastIndex(of: "\"") {
            return before[quote...]
        }
        return before.suffixWhile { $0.isLetter || $0.isNumber || "._%+-'".contains($0) }.drop { $0 == "'" }
    }

    /// Characters before an `@`, as mail has them.
    private static let longestName = 64

    // MARK: Numbers

    /// Characters that are looked at together.
    private static let longestRun = 4096

    /// Digits that stand together, and what stands between the ones before them and these.
    private struct Group {
        let between: Substring
        let text: Substring
        let digits: [Int]

        var isPlus: Bool { between.hasSuffix("+") || between.hasSuffix("+(") }
    }

    /// Finds the groups that are a number of one kind, from one of them on.
    ///
    /// - Returns: the last of them, and what to write for them.
    private typealias Finder = (_ groups: ArraySlice<Group>) -> (last: Int, mark: String)?

    /// Runs of digits with the signs that people put between them, where no letter stands beside them; other numbers may
    /// stand in the same run.
    private static func masked(numbers text: String, as find: Finder) -> String {
        var output = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(where: { isDigit($0) || "+(".contains($0) }) {
            let before = start == rest.startIndex ? output.last : rest[rest.index(before: start)]
            output += rest[..<start]
            let run = rest[start...].prefix(longestRun).prefix { isDigit($0) || isBetween($0) }
            let next = rest[run.endIndex...].first
            rest = rest[run.endIndex...]
            output += masked(run, besideLetters: (isOfWord(before), isOfWord(next)), as: find)
        }
        return output + rest
    }

    private static func masked(_ run: Substring, besideLetters: (Bool, Bool), as find: Finder) -> String {
        var groups: [Group] = []
        var rest = run
        while let start = rest.firstIndex(where: isDigit) {
            let digits = rest[start...].prefix(while: isDigit)
            groups.append(Group(between: rest[..<start], text: digits, digits: digits.compactMap(\.wholeNumberValue)))
            rest = rest[digits.endIndex...]
        }
        // One that a letter stands beside is a part of something else.
        let isFirstCut = besideLetters.0 && groups.first?.between.isEmpty == true
        let whole =
            (isFirstCut ? 1 : 0)..<max(isFirstCut ? 1 : 0, groups.count - (besideLetters.1 && rest.isEmpty ? 1 : 0))
        var output = ""
        var index = 0
        while index < groups.count {
            let group = groups[index]
            if whole.contains(index), let found = find(groups[index..<whole.upperBound]) {
                output += group.between.reversed().drop { "+(".contains($0) }.reversed()
                output += found.mark
                index = found.last + 1
            } else {
                output += group.between + group.text
                index += 1
            }
        }
        return output + rest
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
    private static func isBetween(_ character: Character) -> Bool { "+-.()/ \u{A0}\u{202F}–".contains(character) }
    private static func isOfWord(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0 == "_" } ?? false
    }

    /// What to write for a number that a card may have; `nil` when none has.
    static func card(_ number: String) -> String? {
        let digits = number.compactMap(\.wholeNumberValue)
        guard digits.count == number.count, (14...19).contains(digits.count), passesLuhn(digits) else { return nil }
        return "‹card \(number.suffix(4))›"
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
        let isNational = first.digits.first == 0 && !first.between.hasSuffix(".")
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

extension Substring {
    /// The end of it, as far as its characters fit.
    fileprivate func suffixWhile(_ fits: (Character) -> Bool) -> Substring {
        var start = endIndex
        while start > startIndex, fits(self[index(before: start)]) { formIndex(before: &start) }
        return self[start...]
    }
}
