/// Kinds of personal data that support staff need not see.
package enum PersonalData: String, Sendable, Hashable, CaseIterable {
    case email, phone, card

    /// The text with what is of these kinds replaced: `‹email›`, `‹phone›`, and of a card its last four digits,
    /// `‹card 1111›`.
    package static func masked(_ text: String, _ kinds: Set<PersonalData>) -> String {
        // What none of them can be in is most of what there is.
        guard text.utf8.contains(where: { $0 == 0x40 || (0x30...0x39).contains($0) }) else { return text }
        var text = text
        if kinds.contains(.email) { text = masked(emails: text) }
        if kinds.contains(.card) || kinds.contains(.phone) { text = masked(numbers: text, kinds) }
        return text
    }

    // MARK: Addresses

    /// What stands around an `@`: a name, and a domain with a dot in it.
    private static func masked(emails text: String) -> String {
        guard text.contains("@") else { return text }
        var output = ""
        var rest = Substring(text)
        while let at = rest.firstIndex(of: "@") {
            let name = rest[..<at].suffixWhile { $0.isLetter || $0.isNumber || "._%+-".contains($0) }
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

    // MARK: Numbers

    /// Runs of digits with the signs that people put between them, where no letter stands beside them.
    private static func masked(numbers text: String, _ kinds: Set<PersonalData>) -> String {
        var output = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(where: { isDigit($0) || $0 == "+" || $0 == "(" }) {
            let before = start == rest.startIndex ? output.last : rest[rest.index(before: start)]
            output += rest[..<start]
            rest = rest[start...]
            var run = rest.prefix { isDigit($0) || "+-.()/ ".contains($0) }
            while let last = run.last, !isDigit(last) { run = run.dropLast() }
            guard !run.isEmpty else {
                output.append(rest.removeFirst())
                continue
            }
            let next = run.endIndex < rest.endIndex ? rest[run.endIndex] : nil
            let isAlone =
                !(before.map { $0.isLetter || $0 == "_" } ?? false) && !(next.map { $0.isLetter || $0 == "_" } ?? false)
            output += isAlone ? replaced(run, kinds) : String(run)
            rest = rest[run.endIndex...]
        }
        return output + rest
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    private static func replaced(_ run: Substring, _ kinds: Set<PersonalData>) -> String {
        let digits = run.compactMap(\.wholeNumberValue)
        let isPlain = run.allSatisfy { isDigit($0) || $0 == " " || $0 == "-" }
        if kinds.contains(.card), isPlain, (13...19).contains(digits.count), passesLuhn(digits) {
            return "‹card \(digits.suffix(4).map(String.init).joined())›"
        }
        return kinds.contains(.phone) && isPhone(run, digits) ? "‹phone›" : String(run)
    }

    /// Numbers with their country's, those that begin with a zero, and three groups of 3, 3 and 4 as in North America.
    private static func isPhone(_ run: Substring, _ digits: [Int]) -> Bool {
        if run.hasPrefix("+") || run.hasPrefix("(+") { return (7...15).contains(digits.count) }
        if run.hasPrefix("0") || run.hasPrefix("(0") { return (9...15).contains(digits.count) && !run.contains(".") }
        let groups = run.split { !isDigit($0) }.map(\.count)
        return groups == [3, 3, 4] || groups == [1, 3, 3, 4]
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
